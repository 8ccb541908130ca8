"""Recipes by the command line, as people run them: results, and one sentence when there are none."""

import base64
import functools
import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


def names_in(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def tar(path, files):
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


# ---------------------------------------------------------------------------------- the machine


def test_detect_os(run_recipe):
    done = run_recipe("detect os")
    assert done.status == 0
    assert {
        "CM_HOST_OS_BITS",
        "CM_HOST_OS_FLAVOR",
        "CM_HOST_OS_MACHINE",
        "CM_HOST_OS_TYPE",
        "CM_HOST_OS_VERSION",
        "CM_HOST_PLATFORM_FLAVOR",
        "CM_HOST_PYTHON_BITS",
        "CM_HOST_SYSTEM_NAME",
    } <= done.new_env.keys()
    if sys.platform == "linux":
        assert isinstance(done.new_env["+CM_HOST_OS_DEFAULT_LIBRARY_PATH"], list)
        assert done.new_state["os_uname_machine"] == os.uname().machine


def test_detect_cpu(run_recipe):
    env = run_recipe("detect cpu").new_env
    assert int(env["CM_HOST_CPU_TOTAL_CORES"]) >= int(env["CM_HOST_CPU_TOTAL_PHYSICAL_CORES"]) >= 1
    assert int(env["CM_HOST_CPU_THREADS_PER_CORE"]) >= 1
    assert env["CM_HOST_MEMORY_CAPACITY"][-1] in "MGT"
    assert "CM_HOST_DISK_CAPACITY" in env


def test_detect_sudo_never_asks(run_recipe):
    env = run_recipe("detect sudo").new_env
    assert env["CM_SUDO_USER"] in {"yes", "no"}
    assert env["CM_SUDO"] in {"", "sudo"}


# ---------------------------------------------------------------------------------- downloads


def test_download_with_a_mirror(run_recipe, serve, tmp_path):
    (serve.folder / "a.txt").write_text("hello")
    done = run_recipe(
        "download file wget", f"--url={serve.url}/gone/a.txt", f"--mirror={serve.url}/a.txt", "--verify=no"
    )
    assert done.status == 0
    assert (tmp_path / "a.txt").read_text() == "hello"
    assert done.new_env["CM_DOWNLOAD_DOWNLOADED_PATH"] == str(tmp_path / "a.txt")


def test_download_that_fails_says_how_to_go_on(run_recipe, serve):
    checksum = "0" * 32
    done = run_recipe("download file", f"--url={serve.url}/a.txt", f"--env.CM_DOWNLOAD_CHECKSUM={checksum}")
    assert done.status == 1
    assert f"{serve.url}/a.txt" in done.error
    assert checksum in done.error
    assert "--from=FILE" in done.hint


def test_an_empty_answer_is_no_download(run_recipe, serve):
    (serve.folder / "model.onnx").touch()
    words = ("download file", f"--url={serve.url}/model.onnx", "--force_cache")
    done = run_recipe(*words)
    assert done.status == 1
    assert done.error.endswith(
        "model.onnx: the server sent an empty file; if that is right, add its checksum with --sha256sum="
    )
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert run_recipe(*words, f"--sha256sum={empty}").status == 0


def test_a_password_in_an_address_is_not_shown(run_recipe, serve, tmp_path):
    address = serve.url.replace("://", "://me:wordpass@")
    done = run_recipe("download file", f"--url={address}/a.txt")
    assert done.status == 1
    assert "wordpass" not in done.error + done.hint + done.stderr
    (serve.folder / "a.txt").write_text("hello")
    done = run_recipe("download file", f"--url={address}/a.txt")
    assert (tmp_path / "a.txt").read_text() == "hello"
    assert "wordpass" not in done.stderr


def test_download_of_a_local_file(run_recipe, tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    path = str(tmp_path / "a.txt")
    done = run_recipe("download file", "--url=http://127.0.0.1:1/a.txt", f"--from={path}")
    assert done.new_env["CM_DOWNLOAD_DOWNLOADED_PATH"] == path
    done = run_recipe("download file", f"--from={path}", f"--md5sum={'0' * 32}")
    assert "wrong checksum" in done.error


def test_a_name_in_an_address_is_only_a_name(run_recipe, serve, tmp_path):
    (serve.folder / "..%2Fb.txt").write_text("x")
    done = run_recipe("download file", f"--url={serve.url}/..%252Fb.txt")
    assert done.status == 0
    assert list(tmp_path.glob("*.txt"))
    assert not list(tmp_path.parent.glob("b.txt"))


def test_an_address_that_is_none(run_recipe):
    done = run_recipe("download file", "--url=http://[host/x")
    assert done.error.endswith("http://[host/x is not a usable URL")


@pytest.mark.slow
def test_download_and_extract_is_cached_for_each_address(run_recipe, serve):
    for name in ("one", "two"):
        tar(serve.folder / f"{name}.tar.gz", {f"{name}/file": b"x"})
        words = ("dae file _extract", f"--url={serve.url}/{name}.tar.gz", "--force_cache")
        for _ in range(2):
            done = run_recipe(*words, "--env.CM_EXTRACT_FINAL_ENV_NAME=MY_PATH")
            assert names_in(Path(done.new_env["MY_PATH"], name)) == ["file"]
    assert len(serve.requests) == 2


def test_extract_keeps_the_archive(run_recipe, tmp_path):
    archive = tar(tmp_path / "x.tar.gz", {"d/file": b"x"})
    done = run_recipe("extract file", f"--input={archive}", "--to=there", "--extra_folder=here")
    assert done.new_env["CM_EXTRACT_EXTRACTED_PATH"] == str(tmp_path / "there" / "here")
    assert archive.is_file()
    assert run_recipe("extract file _remove", f"--input={archive}").status == 0
    assert not archive.exists()


def test_extract_of_too_much(run_recipe, tmp_path):
    archive = tar(tmp_path / "x.tar", {"file": b"12345"})
    done = run_recipe("extract file", f"--input={archive}", "--max_bytes=4")
    assert done.status == 1
    assert "unpacks to more than 4 bytes" in done.error
    assert "--max_bytes=N" in done.hint
    assert run_recipe("extract file", f"--input={archive}", "--max_bytes=5").status == 0


def test_extract_of_what_is_not_there(run_recipe, tmp_path):
    done = run_recipe("extract file", f"--input={tmp_path / 'x.tar'}")
    assert "there is no such file" in done.error


def test_extract_of_an_archive_that_escapes(run_recipe, tmp_path):
    done = run_recipe("extract file", f"--input={tar(tmp_path / 'x.tar', {'../evil': b'x'})}")
    assert done.status == 1
    assert "outside the folder" in done.error


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_extract_checks_what_comes_out(run_recipe, tmp_path, algorithm):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"text"))
    right = hashlib.new(algorithm, b"text").hexdigest()
    for checksum, error in (
        (right, ""),
        ("0" * len(right), f"wrong checksum for {tmp_path / 'x'}: got {right}"),
    ):
        checked = f"--env.CM_EXTRACT_EXTRACTED_CHECKSUM={checksum}"
        done = run_recipe("extract file", f"--input={tmp_path / 'x.gz'}", checked)
        assert (done.status, error in done.error) == (bool(error), True)


def test_extract_to_where_nothing_can_be_written(run_recipe, tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"text"))
    (tmp_path / "file").touch()
    done = run_recipe("extract file", f"--input={tmp_path / 'x.gz'}", f"--to={tmp_path / 'file' / 'sub'}")
    assert f"cannot write {tmp_path / 'file' / 'sub'}" in done.error


# ---------------------------------------------------------------------------------- repositories


@pytest.fixture
def repository(tmp_path, need_tool):
    folder = tmp_path / "origin"

    def git(*words):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        command = [need_tool("git"), *identity, "-C", str(folder), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    folder.mkdir()
    git("init")
    for text in ("one", "two"):
        (folder / "file").write_text(text)
        git("add", "file")
        git("commit", "-m", text)
    git("branch", "older", "HEAD~1")
    return folder, git("rev-parse", "HEAD~1")


@pytest.mark.slow
def test_get_git_repo(run_recipe, repository):
    folder, older = repository
    keys = {"CHECKOUT", "CHECKOUT_FOLDER", "CHECKOUT_PATH", "CURRENT_HASH", "DEPTH", "NAME", "PATCH", "URL"}
    for words, text in (("", "two"), (" _branch.older", "one"), (f" _sha.{older}", "one")):
        done = run_recipe(f"get git repo _repo.{folder}{words}", "--env_key=MINE")
        assert done.status == 0, done.error
        assert Path(done.new_env["CM_GIT_CHECKOUT_PATH"], "file").read_text() == text
        assert {f"CM_GIT_REPO_{key}" for key in keys} <= done.new_env.keys()
        assert done.new_env["CM_GIT_REPO_MINE_CHECKOUT_PATH"] == done.new_env["CM_GIT_CHECKOUT_PATH"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ext::sh -c true", "not a URL"),
        ("--upload-pack=true", "not a URL"),
        ("https://user:secret@127.0.0.1:1/x.git", "-- https://127.0.0.1:1/x.git"),
    ],
)
def test_repositories_that_cannot_be_cloned(run_recipe, url, reason, need_tool):
    need_tool("git")
    done = run_recipe("get git repo", f"--url={url}")
    assert done.status != 0
    assert re.search(reason, done.error)
    assert "secret" not in done.error


class _Private(SimpleHTTPRequestHandler):
    """Serves files to one user."""

    def do_GET(self):
        wanted = "Basic " + base64.b64encode(b"me:s3c%ret pw").decode()
        if self.headers.get("Authorization") == wanted:
            super().do_GET()
            return
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


def test_a_private_repository(run_recipe, repository, tmp_path, need_tool):
    folder, _ = repository
    subprocess.run([need_tool("git"), "update-server-info"], cwd=folder, check=True)
    handler = functools.partial(_Private, directory=str(folder / ".git"))
    trace = tmp_path / "trace.txt"  # of all that git starts, with arguments
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = run_recipe(
            f"get git repo _repo.http://me:s3c%25ret%20pw@127.0.0.1:{server.server_port}/ _full-history",
            env={"GIT_TRACE": str(trace)},
        )
        server.shutdown()
    assert done.status == 0, done.error
    checkout = Path(done.new_env["CM_GIT_CHECKOUT_PATH"])
    assert (checkout / "file").read_text() == "two"
    assert "remote-http" in trace.read_text()
    assert "s3c" not in trace.read_text()
    assert "s3c" not in (checkout / ".git" / "config").read_text()


# ---------------------------------------------------------------------------------- data sets and models


@pytest.mark.slow
def test_resnet50_as_people_write_it(run_recipe, serve):
    model = serve.folder / "resnet50_v1.onnx"
    model.write_bytes(b"model")
    where = (
        f"--env.CM_DOWNLOAD_URL={serve.url}/resnet50_v1.onnx",
        f"--env.CM_DOWNLOAD_CHECKSUM={md5(model)}",
    )
    done = run_recipe("get ml-model resnet50 onnx fp32", *where)
    assert done.status == 0, done.error
    assert done.new_env["CM_ML_MODEL_FILE"] == "resnet50_v1.onnx"
    assert done.new_env["CM_ML_MODEL_PRECISION"] == "fp32"
    assert "/cache/" in done.new_env["CM_ML_MODEL_FILE_WITH_PATH"].replace("\\", "/")
    again = run_recipe("get ml-model resnet50 _onnx")
    assert again.new_env["CM_ML_MODEL_FILE_WITH_PATH"] == done.new_env["CM_ML_MODEL_FILE_WITH_PATH"]


@pytest.mark.slow
def test_a_model_that_is_here_already(run_recipe, tmp_path):
    model = tmp_path / "mine.onnx"
    model.write_bytes(b"model")
    done = run_recipe("get ml-model resnet50 _onnx", f"--path={model}")
    assert "wrong checksum" in done.error
    done = run_recipe("get ml-model resnet50 _onnx", "--path=mine.onnx", f"--checksum={md5(model)}")
    assert done.new_env["CM_ML_MODEL_FILE_WITH_PATH"] == str(model)


def test_a_model_that_cannot_be_downloaded(run_recipe, serve):
    done = run_recipe("get ml-model resnet50 onnx", f"--url={serve.url}/x", f"--mirror={serve.url}/y")
    assert f"{serve.url}/x" in done.error
    assert "f6a4da60cd5f084d97efc2c1ddb10beb" in done.error
    assert done.hint.endswith("cm run script --tags=get,ml-model,resnet50,_onnx,_fp32 --path=FILE")


@pytest.fixture
def imagenet(tmp_path):
    files = {f"ILSVRC2012_val_{number:08d}.JPEG": b"" for number in range(1, 501)}
    return tar(tmp_path / "images.tar", files)


@pytest.mark.slow
def test_imagenet_from_the_network(run_recipe, serve, imagenet):
    imagenet.rename(serve.folder / "images.tar")
    checksum = md5(serve.folder / "images.tar")
    where = (f"--url={serve.url}/images.tar", f"--checksum={checksum}")
    done = run_recipe("get original imagenet dataset 2012-500", *where)
    assert done.status == 0, done.error
    path = done.new_env["CM_DATASET_PATH"]
    assert len(names_in(path)) == 500
    assert done.new_env["CM_DATASET_IMAGENET_PATH"] == done.new_env["CM_DATASET_IMAGENET_VAL_PATH"] == path
    assert done.new_env["CM_DATASET_SIZE"] == "500"


@pytest.mark.slow
def test_imagenet_that_is_here_already(run_recipe, imagenet, tmp_path):
    with tarfile.open(imagenet) as archive:
        archive.extractall(tmp_path / "images", filter="data")
    done = run_recipe("get dataset imagenet original _2012-500", "--path=images")
    assert done.new_env["CM_DATASET_PATH"] == str(tmp_path / "images")
    # A pipeline that asks without a path finds it.
    assert run_recipe("get dataset imagenet original").new_env["CM_DATASET_PATH"] == str(tmp_path / "images")
    done = run_recipe("get original imagenet dataset 2012-500")
    assert done.new_env["CM_DATASET_PATH"] == str(tmp_path / "images")
    done = run_recipe("get dataset imagenet original _full", f"--path={tmp_path / 'images'}")
    assert "500 images, but 50000 are expected" in done.error


def test_what_is_not_imagenet(run_recipe, tmp_path):
    (tmp_path / "images").mkdir()
    done = run_recipe("get dataset imagenet original", f"--path={tmp_path / 'images'}")
    assert "not the ImageNet validation set" in done.error


@pytest.mark.slow
def test_labels_of_imagenet(run_recipe, serve):
    archive = tar(serve.folder / "aux.tar.gz", {"synset_words.txt": b"n1 cat\n"})
    where = (f"--url={serve.url}/aux.tar.gz", f"--checksum={md5(archive)}")
    done = run_recipe("get dataset-aux imagenet-aux", *where)
    assert names_in(done.new_env["CM_DATASET_AUX_PATH"]) == ["synset_words.txt"]
