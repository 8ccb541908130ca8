import pytest

from cm_script.model.version import pip_version_string, satisfies


@pytest.mark.parametrize(
    ("version", "minimum", "maximum", "good"),
    [
        ("1.10", "1.9", "2", True),
        ("1.8", "1.9", "", False),
        ("2.1", "", "2.0", False),
        ("2.0", "2.0", "2.0", True),
        ("", "9", "1", True),
        ("5", "", "", True),
    ],
)
def test_bounds_are_inclusive(version, minimum, maximum, good):
    assert satisfies(version, minimum=minimum, maximum=maximum) is good


@pytest.mark.parametrize(
    ("given_version", "text"),
    [
        (("1", "0", "2"), "==1"),
        (("", "0", "2"), ">=0,<=2"),
        (("", "0", ""), ">=0"),
        (("", "", "2"), "<=2"),
        (("", "", ""), ""),
    ],
)
def test_requirement_for_pip(given_version, text):
    assert pip_version_string(*given_version) == text
