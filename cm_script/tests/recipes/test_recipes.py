"""Recipes by the command line, as people run them: results, and one sentence when there are none."""

import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
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


def write_program(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


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


def test_missing_tools_come_with_the_command_that_installs_them(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "git", "exit 0")
    done = run_recipe("get sys-utils-cm _strict", env={"PATH": f"{tmp_path / 'bin'}"})
    assert done.status == 1
    assert done.error.endswith("missing system tools: cmake, curl, gcc, g++, make, tar, unzip, wget, xz, zip")
    assert "install them with:" in done.hint


# ---------------------------------------------------------------------------------- Python and compilers


def test_get_python(run_recipe):
    done = run_recipe("get python", "--version_min=3.9.1")
    assert done.status == 0
    assert {f"CM_PYTHON_{name}_VERSION" for name in ("MAJOR", "MINOR", "PATCH")} <= done.new_env.keys()
    assert done.new_env["CM_PYTHON_CACHE_TAGS"].endswith("non-virtual")


def test_get_python_says_what_it_found_instead(run_recipe, tmp_path):
    write_program(tmp_path / "py", "python3", "echo Python 3.8.1")
    done = run_recipe("get python", "--version_min=3.9", f"--path={tmp_path / 'py'}")
    assert done.status == 16
    assert "3.8.1" in done.error
    assert "--path=FOLDER" in done.hint


def test_each_version_of_python_is_an_entry_of_its_own(run_recipe, tmp_path):
    for version in ("3.11.1", "3.12.2"):
        write_program(tmp_path / version, "python3", f"echo Python {version}")
        done = run_recipe("get python", f"--path={tmp_path / version}")
        assert done.new_env["CM_PYTHON_VERSION"] == version
    assert run_recipe("get python", "--version=3.11.1").new_env["CM_PYTHON_VERSION"] == "3.11.1"


def test_get_gcc_and_its_flags(run_recipe, tmp_path):
    for name in ("gcc-13", "g++-13"):
        write_program(tmp_path / "bin", name, "echo 'gcc-13 (Test) 13.2.0'")
    done = run_recipe("get gcc", f"--path={tmp_path / 'bin'}")
    assert done.status == 0
    assert done.new_env["CM_COMPILER_FAMILY"] == "GCC"
    assert done.new_env["CM_CXX_COMPILER_BIN"] == "g++-13"
    assert done.new_env["+ CFLAGS"] == ["-O2"]


def test_what_is_called_gcc_but_is_clang(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "gcc", "echo Apple clang version 15.0.0")
    done = run_recipe("get gcc", f"--path={tmp_path / 'bin'}")
    assert done.status == 16
    assert "get llvm" in done.hint


def test_get_llvm(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "clang", "echo clang version 17.0.6")
    done = run_recipe("get llvm", f"--path={tmp_path / 'bin'}")
    assert done.new_env["CM_COMPILER_CACHE_TAGS"] == "version-17.0.6,family-llvm"


def test_compiler_takes_the_one_of_the_cache(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "clang", "echo clang version 17.0.6")
    run_recipe("get llvm", f"--path={tmp_path / 'bin'}")
    assert run_recipe("get compiler").new_env["CM_COMPILER_FAMILY"] == "LLVM"


def test_get_cmake(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "cmake", "echo cmake version 3.28.1")
    assert run_recipe("get cmake", f"--path={tmp_path / 'bin'}").new_env["CM_CMAKE_VERSION"] == "3.28.1"


def test_get_cuda(run_recipe, tmp_path):
    root = tmp_path / "cuda"
    write_program(root / "bin", "nvcc", "echo 'Cuda compilation tools, release 12.4, V12.4.131'")
    (root / "include").mkdir()
    (root / "include" / "cuda_runtime.h").touch()
    (root / "lib64").mkdir()
    env = run_recipe("get cuda", f"--path={root / 'bin'}").new_env
    assert env["CM_CUDA_VERSION_STRING"] == "cu124"
    assert env["CUDA_HOME"] == str(root)
    assert env["+LD_LIBRARY_PATH"] == [str(root / "lib64")]


def test_no_cuda(run_recipe, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run_recipe("get cuda", f"--path={tmp_path / 'empty'}")
    assert done.status == 16
    assert "there is no CUDA here" in done.error


def test_compile_and_run_a_program(run_recipe, tmp_path, need_tool):
    need_tool("gcc")
    folder = tmp_path / "my program"
    folder.mkdir()
    (folder / "m.c").write_text(
        '#include <stdio.h>\nint main(int n, char**v){printf("%d\\n", n);return n>2;}\n'
    )
    places = (f"--env.CM_RUN_DIR={folder}", "--env.CM_BIN_NAME=m.out")
    assert run_recipe("get gcc").status == 0
    done = run_recipe(
        "compile program", "--env.CM_C_SOURCE_FILES=m.c", f"--env.CM_SOURCE_FOLDER_PATH={folder}", *places
    )
    assert done.status == 0, done.error
    assert run_recipe("benchmark program", *places, "--env.CM_RUN_SUFFIX=one").status == 0
    assert (folder / "console.out").read_text() == "2\n"
    done = run_recipe("benchmark program", *places, "--env.CM_RUN_SUFFIX=one two")
    assert done.status == 2
    assert "exit status 1" in done.error


def test_a_program_that_does_not_compile(run_recipe, tmp_path, need_tool):
    need_tool("gcc")
    (tmp_path / "m.c").write_text("no C\n")
    done = run_recipe("compile program", "--env.CM_C_SOURCE_FILES=m.c")
    assert done.status == 2
    assert "-c -O2 m.c" in done.error


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


def test_extract_of_an_archive_that_escapes(run_recipe, tmp_path):
    done = run_recipe("extract file", f"--input={tar(tmp_path / 'x.tar', {'../evil': b'x'})}")
    assert done.status == 1
    assert "outside the folder" in done.error


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
        ("ext::sh -c true", "not an address"),
        ("--upload-pack=true", "not an address"),
        ("https://user:secret@127.0.0.1:1/x.git", "-- https://127.0.0.1:1/x.git"),
    ],
)
def test_repositories_that_cannot_be_cloned(run_recipe, url, reason, need_tool):
    need_tool("git")
    done = run_recipe("get git repo", f"--url={url}")
    assert done.status != 0
    assert re.search(reason, done.error)
    assert "secret" not in done.error


# ---------------------------------------------------------------------------------- data sets and models


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
    assert "500 images, but 50000 are wanted" in done.error


def test_what_is_not_imagenet(run_recipe, tmp_path):
    (tmp_path / "images").mkdir()
    done = run_recipe("get dataset imagenet original", f"--path={tmp_path / 'images'}")
    assert "not the ImageNet validation set" in done.error


def test_labels_of_imagenet(run_recipe, serve):
    archive = tar(serve.folder / "aux.tar.gz", {"synset_words.txt": b"n1 cat\n"})
    where = (f"--url={serve.url}/aux.tar.gz", f"--checksum={md5(archive)}")
    done = run_recipe("get dataset-aux imagenet-aux", *where)
    assert names_in(done.new_env["CM_DATASET_AUX_PATH"]) == ["synset_words.txt"]
