import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import MetaError
from cm_script.env.expand import expand_env, expand_text, expand_value, has_placeholder, placeholders
from cm_script.profile import CM, Profile


def test_text():
    assert expand_text("<<<A>>>/<<<B>>>/<<<C>>>", {"A": 1}, {"A": 2, "B": True}) == "1/True/<<<C>>>"
    assert expand_text("a < b << c <<< d", {}) == "a < b << c <<< d"
    assert placeholders("<<<A>>>x<<<B>>>") == ("A", "B")


def test_env_in_strings_and_list_elements():
    env = {
        "A": "1",
        "B": "<<<A>>>2",
        "+L": ["<<<A>>>", 5, "<<<Z>>>"],
        "F": True,
        "N": 3,
        "D": {"x": "<<<A>>>"},
    }
    assert expand_env(env, CM) == {
        "A": "1",
        "B": "12",
        "+L": ["1", 5, "<<<Z>>>"],
        "F": True,
        "N": 3,
        "D": {"x": "<<<A>>>"},
    }
    assert env["B"] == "<<<A>>>2"


def test_later_keys_see_what_became_of_earlier_ones():
    assert expand_env({"A": "<<<C>>>", "B": "<<<A>>>", "C": "x"}, CM) == {"A": "x", "B": "x", "C": "x"}
    assert expand_env({"B": "<<<A>>>", "A": "<<<C>>>", "C": "x"}, CM)["B"] == "<<<C>>>"


def test_a_value_that_refers_to_itself_ends():
    assert expand_env({"A": "x<<<A>>>"}, CM) == {"A": "xx<<<A>>>"}


def test_a_fallback_is_asked_last():
    assert expand_env({"A": "<<<B>>><<<C>>>", "B": "own"}, CM, fallback={"B": "no", "C": "!"})["A"] == "own!"


def test_nested_values():
    assert expand_value({"a": ["<<<X>>>", {"b": "<<<X>>>"}], "n": 1}, {"X": "y"}) == {
        "a": ["y", {"b": "y"}],
        "n": 1,
    }


@pytest.mark.parametrize("value", ["/a", 5, True, None, {"a": 1}])
def test_plus_keys_must_be_lists(value):
    with pytest.raises(MetaError, match=r"'\+PATH'") as caught:
        expand_env({"+PATH": value}, CM)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<<<A>>>", True),
        (["x", "<<<A>>>"], True),
        ({"k": "<<<A>>>"}, True),
        ("<<A>>", False),
        (5, False),
        (None, False),
    ],
)
def test_placeholders_are_noticed(value, found):
    assert has_placeholder(value) is found


@pytest.mark.parametrize(
    ("url", "env", "expected"),
    [
        ("https://github.com/o/r.git", {}, "https://github.com/o/r.git"),
        ("https://github.com/o/r.git", {"CM_GH_TOKEN": "t"}, "https://github.com/o/r.git"),
        (
            "https://github.com/o/r.git",
            {"CM_GIT_AUTH": "yes", "CM_GH_TOKEN": "t"},
            "https://git:t@github.com/o/r",
        ),
        (
            "https://me@github.com/o/r",
            {"CM_GIT_AUTH": "yes", "CM_GH_TOKEN": "t"},
            "https://me@github.com/o/r",
        ),
        ("https://github.com/o/r", {"CM_GIT_AUTH": "yes", "CM_GIT_SSH": "yes"}, "git@github.com:o/r.git"),
        ("git@github.com:o/r.git", {"CM_GIT_AUTH": "yes", "CM_GIT_SSH": "yes"}, "git@github.com:o/r.git"),
        (
            "https://gitlab.com/a/b/r",
            {"CM_GIT_AUTH": "yes", "CM_GH_TOKEN": "t"},
            "https://git:t@gitlab.com/a/b/r",
        ),
        ("/a/folder", {"CM_GIT_AUTH": "yes", "CM_GH_TOKEN": "t"}, "/a/folder"),
        ("https://github.com/o/r", {"CM_GIT_AUTH": "yes"}, "https://github.com/o/r"),
    ],
)
def test_urls_of_git_repositories(url, env, expected):
    assert expand_env({"CM_GIT_URL": url, **env}, CM)["CM_GIT_URL"] == expected


def test_the_prefix_comes_from_the_profile():
    env = {"MLC_GIT_URL": "https://github.com/o/r", "MLC_GIT_AUTH": "yes", "MLC_GH_TOKEN": "t"}
    assert expand_env(env, Profile(prefix="MLC"))["MLC_GIT_URL"] == "https://git:t@github.com/o/r"


@given(st.dictionaries(st.text(max_size=3).filter(lambda key: not key.startswith("+")), st.text()))
def test_values_without_placeholders_stay(env):
    clean = {key: value.replace("<", "") for key, value in env.items()}
    assert expand_env(clean, CM) == clean
