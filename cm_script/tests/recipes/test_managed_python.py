"""Packages and programs of an environment of the cache, whatever the user has set for a Python of their own."""

import contextlib
import shutil
import threading
import zipfile
from pathlib import Path

import pytest

USES = {
    "tags": ["uses", "sample"],
    "deps": [{"tags": "get,generic-python-lib,_package.sample"}],
    "new_env_keys": ["SEEN", "KEPT"],
    "run.sh": '"$CM_PYTHON_BIN_WITH_PATH" -c "import os, sample\n'
    "open('tmp-run-env.out', 'w').write('SEEN=' + sample.__file__ + chr(10)\n"
    " + 'KEPT=' + os.environ.get('PIP_FIND_LINKS', '') + chr(10))\"\n",
}


@pytest.fixture
def wheels(tmp_path):
    """Two versions of a package, in a folder that pip searches instead of an index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        about = f"sample-{version}.dist-info"
        with zipfile.ZipFile(folder / f"sample-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("sample.py", f"version = '{version}'\n")
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: sample\nVersion: {version}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def test_where_a_user_installs_is_not_where_packages_of_the_cache_go(run_recipe, wheels, tmp_path):
    (tmp_path / "constraints.txt").write_text("sample < 2\n")
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nuser = true\n[install]\ntarget = {tmp_path}/t\nprefix = {tmp_path}/p\n")
    settings = (
        {"PIP_USER": "1"},
        {"PIP_TARGET": str(tmp_path / "t"), "PIP_PREFIX": str(tmp_path / "p")},
        {"PIP_CONFIG_FILE": str(config), "PIP_CONSTRAINT": str(tmp_path / "constraints.txt")},
    )
    versions = []
    for setting in settings:
        words = ("get generic-python-lib _package.sample", "--new", "--force_install")
        done = run_recipe(*words, env={**wheels, **setting})
        assert done.status == 0, done.error
        versions.append(done.new_env["CM_PYTHONLIB_SAMPLE_CACHE_TAGS"])
    # What says which packages there are still counts.
    assert versions == ["version-2.0", "version-2.0", "version-1.0"]
    assert not (tmp_path / "t").exists()
    assert not (tmp_path / "p").exists()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the system does not tell arguments")
def test_a_password_for_pip_is_in_no_list_of_processes(run_recipe, serve, wheels, tmp_path):
    wheel = "sample-1.0-py3-none-any.whl"
    (serve.folder / "links.html").write_text(f'<!doctype html><a href="/{wheel}">sample</a>')
    shutil.copy(Path(wheels["PIP_FIND_LINKS"], wheel), serve.folder / wheel)
    url = serve.url.replace("://", "://me:s3cret-of-index@")
    (tmp_path / "flags.yaml").write_text(
        f"env: {{CM_GENERIC_PYTHON_PIP_EXTRA_FIND_LINKS_URL: '{url}/links.html'}}\n"
    )
    serve.type = "text/html"
    seen, ended = set(), threading.Event()

    def watch():
        while not ended.wait(0.02):
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.add(place.read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    done = run_recipe(
        "get generic-python-lib _package.sample",
        f"@{tmp_path / 'flags.yaml'}",
        "--new",
        env={"PIP_NO_INDEX": "1"},
    )
    ended.set()
    watcher.join()
    assert done.status == 0, done.error
    assert done.new_env["CM_PYTHONLIB_SAMPLE_CACHE_TAGS"] == "version-1.0"
    assert any(b"--require-virtualenv" in words for words in seen)
    assert not any(b"s3cret-of-index" in words for words in seen)


def test_python_of_the_cache_does_not_import_what_a_module_system_offers(lab, run_recipe, wheels, tmp_path):
    lab.add({"use": USES})
    site = tmp_path / "site"
    site.mkdir()
    (site / "sample.py").write_text("")
    foreign = {"PYTHONPATH": str(site), "PYTHONUSERBASE": str(tmp_path / "base")}
    done = run_recipe("uses sample", env={**wheels, **foreign})
    assert done.status == 0, done.error
    assert done.new_env["SEEN"].startswith(str(lab.session.home.path))
    assert done.new_env["KEPT"] == wheels["PIP_FIND_LINKS"]
    # What is set for the run itself is meant.
    asked = run_recipe("uses sample", f"--env.PYTHONPATH={site}", env=wheels)
    assert asked.new_env["SEEN"] == str(site / "sample.py")


def test_python_of_the_user_gets_what_they_have_set(lab, run_recipe, tmp_path):
    text = 'echo "SEEN=$PYTHONPATH $PIP_USER" > tmp-run-env.out\n'
    lab.add({"own": {"tags": ["own"], "new_env_keys": ["SEEN"], "run.sh": text}})
    done = run_recipe("own", env={"PYTHONPATH": str(tmp_path), "PIP_USER": "1"})
    assert done.new_env["SEEN"].endswith(f"{tmp_path} 1")
