"""What leaves this machine."""

import subprocess

import pytest

from cm_core.base.travelling import looks_secret, refuse_secrets, travelling_files
from cm_core.errors import CMError

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n"


@pytest.fixture
def folder(tmp_path):
    files = {
        "run.sh": "echo",
        "sub/data.bin": "x",
        "notes.txt": "n",
        ".gitignore": "*.bin\n",
        "__pycache__/a.pyc": "",
        "cache/one/big": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_an_ignore_file_counts_without_git(folder, need_tool):
    need_tool("git")
    assert travelling_files(folder, without=("cache",)).files == (".gitignore", "notes.txt", "run.sh")
    assert not (folder / ".git").exists()


def test_only_what_git_tracks_travels(folder, need_tool):
    need_tool("git")
    for words in (["init", "--quiet"], ["add", "run.sh", ".gitignore", "cache"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    taken = travelling_files(folder, without=("cache",))
    assert taken.files == (".gitignore", "run.sh")
    assert taken.line("mine") == "mine: 2 files, 10 B; 2 stay, since git does not track them"
    more = travelling_files(folder, untracked=True, without=("cache",))
    assert "notes.txt" in more.files
    assert "sub/data.bin" not in more.files


@pytest.mark.parametrize(
    ("name", "text", "secret"),
    [
        (".env", "", True),
        (".env.local", "", True),
        (".env.example", "", False),
        ("id_rsa", "", True),
        ("id_rsa.pub", "ssh-rsa", False),
        (".netrc", "", True),
        ("server.pem", KEY, True),
        ("deploy", KEY, True),
        ("server.pem", "-----BEGIN CERTIFICATE-----\n", False),
        ("customize.py", 'MARK = "-----BEGIN PRIVATE KEY-----"\n', False),
    ],
)
def test_what_looks_like_a_secret(tmp_path, name, text, secret):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert looks_secret(tmp_path / name) is secret


def test_secrets_are_refused_by_name_with_the_flag(tmp_path):
    (tmp_path / ".env").write_text("", encoding="utf-8")
    with pytest.raises(CMError, match=r"look like secrets.*: \.env") as caught:
        refuse_secrets(tmp_path, [".env"], flag="with_secrets")
    assert caught.value.hint.endswith("--with_secrets")
