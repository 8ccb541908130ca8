"""Recipes that find tools of the machine, and those that use them, by the command line."""

import pytest


def write_program(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_missing_tools_come_with_the_command_that_installs_them(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "git", "exit 0")
    done = run_recipe("get sys-utils-cm _strict", env={"PATH": f"{tmp_path / 'bin'}"})
    assert done.status == 1
    assert done.error.endswith("missing system tools: cmake, curl, gcc, g++, make, tar, unzip, wget, xz, zip")
    assert "install them with:" in done.hint


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


@pytest.mark.slow
def test_each_version_of_python_is_an_entry_of_its_own(run_recipe, tmp_path):
    for version in ("3.11.1", "3.12.2"):
        write_program(tmp_path / version, "python3", f"echo Python {version}")
        done = run_recipe("get python", f"--path={tmp_path / version}")
        assert done.new_env["CM_PYTHON_VERSION"] == version
    assert run_recipe("get python", "--version=3.11.1").new_env["CM_PYTHON_VERSION"] == "3.11.1"


def test_a_release_candidate_is_no_release(run_recipe, tmp_path):
    write_program(tmp_path / "py", "python3", "echo Python 3.13.0rc1")
    refused = run_recipe("get python", "--version_min=3.13", f"--path={tmp_path / 'py'}")
    assert refused.status == 16
    assert "(3.13.0rc1)" in refused.error
    found = run_recipe("get python", "--version_min=3.12", f"--path={tmp_path / 'py'}").new_env
    assert found["CM_PYTHON_VERSION"] == "3.13.0rc1"
    assert [found[f"CM_PYTHON_{part}_VERSION"] for part in ("MAJOR", "MINOR", "PATCH")] == ["3", "13", "0"]


@pytest.mark.parametrize(
    ("tags", "name", "printed", "least"),
    [
        ("get cmake", "cmake", "cmake version 3.30.0-rc2", "3.30"),
        ("get llvm", "clang", "clang version 19.1.0-rc4", "19.1"),
        ("get gcc", "gcc", "gcc (Test) 15.1.0-pre", "15.1"),
    ],
)
def test_no_detector_takes_a_pre_release_for_the_release(run_recipe, tmp_path, tags, name, printed, least):
    write_program(tmp_path / "bin", name, f"echo '{printed}'")
    refused = run_recipe(tags, f"--version_min={least}", f"--path={tmp_path / 'bin'}")
    assert refused.status == 16
    assert f"({printed.split()[-1]})" in refused.error


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


@pytest.mark.slow
def test_compiler_takes_the_one_of_the_cache(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "clang", "echo clang version 17.0.6")
    run_recipe("get llvm", f"--path={tmp_path / 'bin'}")
    assert run_recipe("get compiler").new_env["CM_COMPILER_FAMILY"] == "LLVM"


def test_get_cmake(run_recipe, tmp_path):
    write_program(tmp_path / "bin", "cmake", "echo cmake version 3.28.1")
    assert run_recipe("get cmake", f"--path={tmp_path / 'bin'}").new_env["CM_CMAKE_VERSION"] == "3.28.1"


def test_a_tool_that_was_upgraded_in_place_is_detected_again(run_recipe, tmp_path):
    folder = tmp_path / "bin"

    def found(version, *flags):
        write_program(folder, "cmake", f"echo cmake version {version}")
        return run_recipe("get cmake", *flags, env={"PATH": f"{folder}:/usr/bin:/bin"})

    assert found("3.20.1").new_env["CM_CMAKE_VERSION"] == "3.20.1"
    assert found("3.30.22").new_env["CM_CMAKE_VERSION"] == "3.30.22"
    refused = found("3.99", "--version_max=3.25", f"--path={folder}")
    assert refused.status == 16
    assert "(3.99)" in refused.error


def test_an_environment_follows_the_interpreter_that_it_is_made_of(run_recipe, tmp_path):
    """A minor upgrade of the system's Python: the environment keeps its place, its name and its packages."""
    base = tmp_path / "base" / "python3"

    def install(version):
        text = (
            f'case "$1$2" in --version) echo Python {version};;\n'
            f'-mvenv) mkdir -p "$3/bin"; ln -sf "$0" "$3/bin/python3"; : > "$3/bin/activate";;\nesac'
        )
        return write_program(base.parent, "python3", text)

    install("3.11.1")
    made = run_recipe("install python-venv", "--name=mine", f"--base={base}").new_env
    python = made["CM_PYTHON_BIN_WITH_PATH"]
    assert run_recipe("get python3", "--name=mine").new_env["CM_PYTHON_VERSION"] == "3.11.1"
    install("3.11.22")
    named = run_recipe("get python3", "--name=mine").new_env
    assert (named["CM_PYTHON_BIN_WITH_PATH"], named["CM_PYTHON_VERSION"]) == (python, "3.11.22")
    again = run_recipe("install python-venv", "--name=mine", f"--base={base}").new_env
    assert again["CM_PYTHON_BIN_WITH_PATH"] == python
    base.unlink()
    gone = run_recipe("get python3", "--name=mine")
    assert gone.status == 16
    assert gone.error == f"'mine' of script 'get-python3' is gone: {python} no longer exists"
    assert gone.hint == 'make it again: cm run script "install python-venv" --name=mine'
    remade = run_recipe("install python-venv", "--name=mine").new_env
    found = run_recipe("get python3", "--name=mine").new_env
    assert found["CM_PYTHON_BIN_WITH_PATH"] == remade["CM_PYTHON_BIN_WITH_PATH"] != python


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


@pytest.mark.slow
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
