"""What leaves this machine."""

import os
import subprocess

import pytest

from cm_core.base.travelling import looks_secret, refuse_secrets, travelling_files
from cm_core.errors import CMError

LONG = "0a1b2c3d4e5f6A7B8C9D0E1F2G3H"
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


def test_files_of_submodules_travel(folder, tmp_path_factory, need_tool):
    need_tool("git")
    other = tmp_path_factory.mktemp("other")
    (other / "model.py").write_text("pass", encoding="utf-8")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    for place, words in (
        (other, ("init", "--quiet")),
        (other, ("add", ".")),
        (other, ("commit", "--quiet", "-m", "one")),
        (folder, ("init", "--quiet")),
        (folder, ("submodule", "--quiet", "add", str(other), "module")),
    ):
        subprocess.run([*git, *words], cwd=place, check=True)
    assert travelling_files(folder).files == (".gitmodules", "module/model.py")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_clone_that_git_refuses_does_not_travel(folder, need_tool):
    need_tool("git")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    for place in (folder, folder / ".git"):
        os.chown(place, 12345, -1)
    with pytest.raises(CMError, match="dubious ownership"):
        travelling_files(folder)


def test_a_damaged_clone_does_not_travel(folder, need_tool):
    need_tool("git")
    (folder / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    with pytest.raises(CMError, match="which files"):
        travelling_files(folder)


def test_a_clone_without_git_does_not_travel(folder, monkeypatch):
    (folder / ".git").mkdir()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CMError, match="git is missing"):
        travelling_files(folder)


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
        ("prod.env", "", True),
        ("example.env", "", False),
        (".huggingface_token", "", True),
        ("token", "", True),
        ("tokenizer.json", "", False),
        ("secrets.yaml", "", True),
        ("secrets.py", "", False),
        ("account.json", '{"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIE"}', True),
        ("settings", 'key="-----BEGIN RSA PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQ"', True),
        (".npmrc", "//registry.npmjs.org/:_authToken=0a1b-2c3d\n", True),
        (".npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n", False),
        ("pip.conf", "[global]\nindex-url = https://u:p@host/simple\n", True),
        ("pip.conf", "[global]\nindex-url = https://host/simple\n", False),
        ("config.json", '{"auths": {"https://host": {"auth": "bWU6d29yZA=="}}}', True),
        ("config.json", '{"model_type": "bert", "auths": {}}', False),
        ("run.sh", f"curl -H 'Authorization: Bearer {LONG}' https://host\n", True),
        ("run.sh", f"git clone https://me:{LONG}@host/a\n", True),
        ("run.sh", f"export A=hf_{LONG}\n", True),
        ("run.sh", f"wget 'https://host/a?X-Amz-Signature={LONG}&b=1'\n", True),
        ("run.sh", "git clone https://user:password@host/a https://me:$WORD1@host/b\n", False),
        ("README.md", "![badge](https://host/badge.svg?token=Pk8G9gg3y9)\n", False),
        ("data.bin", f"\0hf_{LONG}", False),
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
