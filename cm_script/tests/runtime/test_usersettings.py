import os
import subprocess
import sys

import pytest

from cm_script.runtime.usersettings import activates_environment, without_user_settings


def test_what_says_where_packages_are_stays_outside_and_what_says_where_they_come_from_stays():
    foreign = dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PIP_TARGET", "PIP_PREFIX"), "x")
    kept = {"PIP_INDEX_URL": "u", "PIP_CONSTRAINT": "c", "HTTPS_PROXY": "p", "PATH": "/bin"}
    assert without_user_settings({**foreign, "PIP_USER": "1", **kept}) == {**kept, "PIP_USER": "0"}


@pytest.mark.skipif(os.name == "nt", reason="files of pip have other places there")
@pytest.mark.parametrize("variable", ["PIP_CONFIG_FILE", "XDG_CONFIG_HOME", "HOME"])
def test_files_of_a_user_tell_where_packages_come_from_and_not_where_they_go(tmp_path, variable):
    file = tmp_path / (".pip" if variable == "HOME" else "pip") / "pip.conf"
    file.parent.mkdir()
    file.write_text(
        "[global]\nroot = /r\npython = /p\nindex-url = http://one\nproxy = http://file\n"
        "extra_index_url =\n  http://two\n  http://three\n[install]\ntarget = /t\nindex-url = http://user\n"
    )
    place = file if variable == "PIP_CONFIG_FILE" else tmp_path
    others = {"HOME": str(tmp_path / "h"), "XDG_CONFIG_HOME": str(tmp_path / "c")}
    env = {"PATH": os.environ["PATH"], "PIP_PROXY": "http://variable", **others, variable: str(place)}
    asked = (
        "from pip._internal.commands import create_command\n"
        "options = create_command('install').parse_args([])[0]\n"
        "print(options.target_dir, options.root_path, options.python)\n"
        "print(options.index_url, options.extra_index_urls, options.proxy)"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked],
        env=without_user_settings(env),
        check=True,
        capture_output=True,
        text=True,
    )
    where, whence = found.stdout.splitlines()
    assert where == "None None None"
    assert whence == "http://user ['http://two', 'http://three'] http://variable"


@pytest.mark.parametrize("text", ["[global]\nindex-url = u\n[install]\nuser = true\n", "no file of pip"])
def test_files_that_do_not_say_where_packages_go_stay_as_they_are(tmp_path, text):
    (tmp_path / "pip.conf").write_text(text)
    kept = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PATH": "/bin"}
    assert without_user_settings(kept) == {**kept, "PIP_USER": "0"}


@pytest.mark.parametrize(
    ("prefix", "activates"),
    [([". /c/venv/bin/activate"], True), (["source x"], False), ([], False), (None, False)],
)
def test_an_environment_of_the_cache_is_one_that_is_activated(prefix, activates):
    assert activates_environment({"script_prefix": prefix}) is activates
