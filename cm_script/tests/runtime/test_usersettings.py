import pytest

from cm_script.runtime.usersettings import activates_environment, without_user_settings


def test_what_says_where_packages_are_stays_outside_and_what_says_where_they_come_from_stays():
    foreign = dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PIP_TARGET", "PIP_PREFIX"), "x")
    kept = {"PIP_INDEX_URL": "u", "PIP_CONSTRAINT": "c", "HTTPS_PROXY": "p", "PATH": "/bin"}
    assert without_user_settings({**foreign, "PIP_USER": "1", **kept}) == {**kept, "PIP_USER": "0"}


@pytest.mark.parametrize(
    ("prefix", "activates"),
    [([". /c/venv/bin/activate"], True), (["source x"], False), ([], False), (None, False)],
)
def test_an_environment_of_the_cache_is_one_that_is_activated(prefix, activates):
    assert activates_environment({"script_prefix": prefix}) is activates
