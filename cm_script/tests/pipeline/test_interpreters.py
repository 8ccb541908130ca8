"""Which Python recipes of others get; a local wheel takes the place of an index."""

import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from cm_script.runtime import overlaymaker

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="native scripts are for bash")]

FIND = "def preprocess(i):\n    return i['automation'].find_artifact({'file_name': 'python3', 'env': i['env'], 'os_info': i['os_info'],\n        'default_path_env_key': 'PATH', 'detect_version': True, 'env_path_key': 'CM_PYTHON_BIN_WITH_PATH',\n        'run_script_input': i['run_script_input'], 'recursion_spaces': ''}) if 'CM_PYTHON_BIN_WITH_PATH' not in i['env'] else {'return': 0}\ndef detect_version(i):\n    return i['automation'].parse_version({'match_text': r'Python\\s*([\\d.]+)', 'group_number': 1,\n        'env_key': 'CM_PYTHON_VERSION', 'which_env': i['env']})\ndef postprocess(i):\n    env = i['env']\n    env['CM_PYTHON_BIN'] = env['CM_PYTHON_BIN_WITH_PATH'].rpartition('/')[2]\n    return detect_version(i)\n"
INSTALL = '"$CM_PYTHON_BIN_WITH_PATH" -m pip install -q sample --break-system-packages\n'
SEEN = '"$CM_PYTHON_BIN_WITH_PATH" -c "import sample; print(\'SEEN=\' + sample.__file__)" > tmp-run-env.out\n'
PUBLIC = {
    # As the public recipe finds Python.
    "get-python3": {
        "tags": ["get", "python3"],
        "cache": True,
        "new_env_keys": ["CM_PYTHON_*", "+PATH"],
        "customize.py": FIND,
        "run.sh": "${CM_PYTHON_BIN_WITH_PATH} --version > tmp-ver.out 2>&1\n",
    },
    "get-sample": {
        "tags": ["get", "sample"],
        "cache": True,
        "deps": [{"tags": "get,python3", "names": ["python"]}],
        "new_env_keys": ["SEEN", "CM_PYTHON_BIN_WITH_PATH"],
        "run.sh": INSTALL + SEEN,
    },
    # Without a dependency on Python: what the shell finds.
    "plain": {
        "tags": ["plain"],
        "new_env_keys": ["SEEN"],
        "run.sh": "pip install -q sample\npython3 -c \"import sample; print('SEEN=' + sample.__file__)\" > tmp-run-env.out\n",
    },
    "user": {
        "tags": ["user"],
        "new_env_keys": ["SEEN"],
        "run.sh": "python3 -m pip install --user -q sample\npython3 -c \"import sample; print('SEEN=' + sample.__file__)\" > tmp-run-env.out\n",
    },
    "hook": {
        "tags": ["hook"],
        "new_env_keys": ["STATUS"],
        "customize.py": "import subprocess, sys\ndef preprocess(i):\n    words = [sys.executable, '-m', 'pip', 'install', '-q', 'sample']\n    i['env']['STATUS'] = str(subprocess.run(words).returncode)\n    return {'return': 0}\n",
    },
    "helper": {
        "tags": ["helper"],
        "deps": [{"tags": "get,sample"}],
        "new_env_keys": ["HELPER"],
        "customize.py": "from importlib.util import find_spec\ndef preprocess(i):\n    i['env']['HELPER'] = getattr(find_spec('sample'), 'origin', '')\n    return {'return': 0}\n",
    },
    "uses": {
        "tags": ["uses"],
        "deps": [{"tags": "get,sample"}],
        "new_env_keys": ["SEEN"],
        "run.sh": "python3 -c \"import sample, below; print('SEEN=' + sample.__file__)\" > tmp-run-env.out\n",
    },
    # Follows the link, as some recipes do.
    "get-python-behind": {
        "tags": ["get", "python-behind"],
        "new_env_keys": ["CM_PYTHON_*"],
        "customize.py": "import os, shutil\ndef preprocess(i):\n    found = os.path.realpath(shutil.which('python3', path=os.environ['PATH']))\n    i['env']['CM_PYTHON_BIN_WITH_PATH'] = found\n    return {'return': 0}\n",
    },
    "behind": {
        "tags": ["behind"],
        "deps": [{"tags": "get,python-behind", "names": ["python"]}],
        "new_env_keys": ["USED"],
        "run.sh": 'echo "USED=$CM_PYTHON_BIN_WITH_PATH" > tmp-run-env.out\n',
    },
    "set-venv": {
        "tags": ["set", "venv"],
        "input_mapping": {"python": "CM_SET_VENV_PYTHON"},
        "new_env_keys": ["CM_SET_VENV_PYTHON"],
    },
}
KEYS = {"CM_PYTHON_BIN", "CM_PYTHON_BIN_WITH_PATH", "CM_PYTHON_VERSION"}


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "sample-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("sample.py", "")
        about = "sample-1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture
def own(tmp_path):
    """A Python of a user, with pip and a module of theirs."""
    folder = tmp_path / "own"
    subprocess.run([sys.executable, overlaymaker.__file__, folder], check=True, cwd=tmp_path)
    next(folder.glob("lib/*/site-packages")).joinpath("below.py").write_text("")
    return folder


@pytest.fixture
def run(lab, run_recipe, wheels, own):
    """Run a public recipe where ``python3`` is that of the user; nothing may be installed there."""
    lab.add(PUBLIC)
    path = f"{own / 'bin'}{os.pathsep}{lab.env['PATH']}"

    def run(*words, **env):
        variables = {"PATH": path, "VIRTUAL_ENV": "", "CONDA_PREFIX": "", **wheels, **env}
        done = run_recipe(*words, env=variables)
        assert done.status == 0, done.stderr + done.error
        return done.new_env

    return run


def installed(folder):
    return list(folder.glob("lib/*/site-packages/sample*"))


def test_packages_go_into_an_environment_over_the_python_that_was_found(run, lab, own):
    found = run("get python3")
    assert found.keys() == KEYS
    seen = run("get sample")
    assert seen["CM_PYTHON_BIN_WITH_PATH"] == found["CM_PYTHON_BIN_WITH_PATH"]
    for path in seen.values():
        assert path.startswith(str(lab.cache_folder))
    assert not installed(own)
    # The next recipe finds it, also through the search path, beside what the user has.
    assert run("uses") == {"SEEN": seen["SEEN"]}


def test_python_is_the_user_s_own_by_any_name_of_its_folder(run, lab, own, tmp_path):
    (tmp_path / "link").symlink_to(own)
    found = run("get python3", PATH=f"{tmp_path / 'link/bin'}{os.pathsep}{lab.env['PATH']}")
    assert found["CM_PYTHON_BIN_WITH_PATH"].startswith(str(lab.cache_folder))
    # Found by one name; the search path has another one by now.
    seen = run("get sample", PATH=f"{own / 'bin'}{os.pathsep}{lab.env['PATH']}")["SEEN"]
    assert seen.startswith(str(lab.cache_folder))
    assert not installed(own)


def test_python_is_the_user_s_own_behind_a_link(run, lab, own, tmp_path):
    front, real = tmp_path / "front/python3", tmp_path / "real/python3.11"
    for path in (front, real):
        path.parent.mkdir()
    real.write_text(f'#!/bin/sh\nexec {own}/bin/python3 "$@"\n')
    real.chmod(0o755)
    front.symlink_to(real)
    path = f"{front.parent}{os.pathsep}{lab.env['PATH']}"
    assert run("behind", PATH=path)["USED"].startswith(str(lab.cache_folder))
    # Who names it gets it, by whichever name.
    assert run("behind", f"--env.CM_PYTHON_BIN_WITH_PATH={front}", PATH=path)["USED"] == str(real)


def test_python_that_runs_cm_is_left_alone(run, lab):
    path = f"{Path(sys.executable).parent}{os.pathsep}{lab.env['PATH']}"
    assert run("get sample", PATH=path, VIRTUAL_ENV=sys.prefix)["SEEN"].startswith(str(lab.cache_folder))
    assert run("hook", PATH=path)["STATUS"] == "0"
    assert find_spec("sample") is None


@pytest.mark.parametrize("tags", ["plain", "user"])
def test_pip_of_the_search_path_installs_there_too(run, lab, own, tags):
    assert run(tags)["SEEN"].startswith(str(lab.cache_folder))
    assert not installed(own)


@pytest.mark.parametrize("tags", ["plain", "hook"])
@pytest.mark.parametrize("says", ["PIP_TARGET", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "PIP_CONFIG_FILE"])
def test_where_a_user_installs_is_not_where_recipes_do(run, lab, own, tmp_path, tags, says):
    place, file = tmp_path / "user", tmp_path / "pip/pip.conf"
    variables = {"PIP_TARGET": str(place)}
    if says != "PIP_TARGET":
        file.parent.mkdir()
        links = f"find-links = {tmp_path / 'wheels'}"
        file.write_text(f"[global]\nprefix = {place}\n[install]\ntarget = {place}\n{links}\n")
        variables = {says: str(file if says == "PIP_CONFIG_FILE" else tmp_path), "PIP_FIND_LINKS": ""}
    run(tags, **variables)
    assert not place.exists()
    assert not installed(own)
    assert list(lab.cache_folder.rglob("site-packages/sample.py"))


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (("--python=own",), {}),
        ((), {"CM_SCRIPT_PYTHON": "own"}),
        ((), {"CM_SCRIPT_EXTRA_CMD": "--python=own"}),
    ],
)
def test_one_s_own_python_is_used_by_wish(run, own, words, variables):
    managed = run("get sample")
    seen = run("get sample", *words, **variables)
    assert seen.keys() == managed.keys()
    assert seen["CM_PYTHON_BIN_WITH_PATH"] == str(own / "bin" / "python3")
    assert installed(own)


@pytest.mark.parametrize(
    "words",
    [
        ("--adr.python.path=@own/bin",),
        ("--env.CM_PYTHON_BIN_WITH_PATH=@own/bin/python3",),
        ("--adr.python.env.CM_PYTHON_BIN_WITH_PATH=@own/bin/python3",),
    ],
)
def test_python_that_is_named_is_used(run, own, words):
    run("get sample", *(word.replace("@own", str(own)) for word in words))
    assert installed(own)


@pytest.mark.parametrize(
    "variables", [{"VIRTUAL_ENV": "@"}, {"CONDA_PREFIX": "@", "CONDA_DEFAULT_ENV": "mine"}]
)
def test_environment_that_the_user_has_activated_is_used(run, own, variables):
    run("get sample", **{name: value.replace("@", str(own)) for name, value in variables.items()})
    assert installed(own)


def test_base_environment_of_conda_is_none_for_recipes(run, own):
    run("get sample", CONDA_PREFIX=str(own), CONDA_DEFAULT_ENV="base")
    assert not installed(own)


def test_what_was_installed_is_installed_again_when_its_environment_is_gone(run, lab):
    first = run("get sample")["SEEN"]
    lab.session.call(lab.session.understand(["rm", "cache", "--tags=for-recipes", "-f"]))
    again = run("get sample")["SEEN"]
    assert again != first
    assert Path(again).exists()


def test_hooks_import_what_other_recipes_of_their_run_installed(run, lab, own, wheels, monkeypatch):
    run("get sample")
    before = list(sys.path)
    for name, value in {**lab.env, **wheels, "PATH": f"{own / 'bin'}{os.pathsep}{lab.env['PATH']}"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VIRTUAL_ENV", "")
    lab.session.env = os.environ
    assert lab.run("helper")["new_env"]["HELPER"].startswith(str(lab.cache_folder))
    assert sys.path == before
    assert not lab.run("helper", python="own")["new_env"]["HELPER"]


def test_flag_leaves_inputs_of_recipes_alone(run, run_recipe):
    assert run("set venv", "--python=/usr/bin/python3") == {"CM_SET_VENV_PYTHON": "/usr/bin/python3"}
    refused = run_recipe("get python3", "--python=owm")
    assert refused.error == "--python is managed or own, not 'owm'"
    refused = run_recipe("get python3", env={"CM_SCRIPT_PYTHON": "owm"})
    assert "CM_SCRIPT_PYTHON" in refused.error
