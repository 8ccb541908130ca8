import os
import subprocess
import sys
from pathlib import Path

import pytest

from cm_core import Session
from cm_script.pipeline.overlay import Overlay, overlay_with
from cm_script.profile import CM
from cm_script.runtime import overlaymaker


@pytest.fixture
def overlay(tmp_path):
    subprocess.run([sys.executable, overlaymaker.__file__, tmp_path / "python"], check=True, cwd=tmp_path)
    return Overlay(folder=tmp_path / "python", name=Path(sys.executable).name)


def ask(overlay, program, *words):
    variables = overlay.variables(os.environ)
    done = subprocess.run([program, *words], env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_an_environment_sees_what_lies_below_it(overlay):
    text = "import pytest, sys; print(pytest.__file__, sys.prefix, sep='\\n')"
    module, prefix = ask(overlay, overlay.python, "-c", text).splitlines()
    assert module == pytest.__file__
    assert prefix == str(overlay.folder)


def test_programs_and_pip_are_those_of_the_environment(overlay):
    assert ask(overlay, "python3", "-c", "import sys; print(sys.prefix)") == str(overlay.folder)
    moved = overlay.folder.rename(overlay.folder.with_name("moved"))
    overlay = Overlay(folder=moved, name="python3")
    assert ask(overlay, "pip3", "config", "debug").count(str(moved)) > 0
    assert ask(overlay, "pip", "--version").startswith("pip ")


def test_it_has_the_keys_that_recipes_export(overlay):
    assert overlay.keys(CM) == {
        "CM_PYTHON_BIN": Path(overlay.python).name,
        "CM_PYTHON_BIN_PATH": str(overlay.programs),
        "CM_PYTHON_BIN_WITH_PATH": overlay.python,
    }
    assert Path(overlay.python).exists()


def test_what_the_user_has_set_for_their_python_does_not_reach_it(overlay):
    variables = overlay.variables(
        {"PYTHONPATH": "x", "PIP_USER": "1", "PIP_TARGET": "t", "PIP_INDEX_URL": "u"}
    )
    assert variables == {
        "PATH": str(overlay.programs),
        "VIRTUAL_ENV": str(overlay.folder),
        "PYTHONUSERBASE": str(overlay.folder),
        "PIP_USER": "0",
        "PIP_INDEX_URL": "u",
    }


def test_an_environment_is_known_by_its_place_in_a_cache_and_not_by_its_name(lab, tmp_path):
    def known(folder, session):
        python = folder / "python-for-recipes/bin/python3"
        return overlay_with(str(python), session) == Overlay(folder=python.parents[1], name="python3")

    lab.session.home.ensure()
    (tmp_path / "home").symlink_to(lab.home)
    assert known(lab.cache_folder / "0123", lab.session)
    assert known(tmp_path / "home/repos/local/cache/0123", lab.session)
    assert not known(tmp_path, lab.session)
    assert not known(lab.home / "repos/local", lab.session)
    shares = Session(tmp_path / "own", env={**lab.env, "CM_SHARED_HOMES": str(lab.home)}, cwd=lab.session.cwd)
    assert known(lab.cache_folder / "0123", shares)
    alone = Session(tmp_path / "other", env=lab.env, cwd=lab.session.cwd)
    assert not known(lab.cache_folder / "0123", alone)
