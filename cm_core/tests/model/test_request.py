import pytest

from cm_core.errors import UsageError
from cm_core.model.request import Request, is_true


def test_the_dictionary_form_reads_as_it_is_written():
    mapping = {
        "action": "run",
        "automation": "script",
        "artifact": "a b",
        "artifacts": ["c"],
        "unparsed_cmd": ["--x"],
        "cmd": ["a b"],
        "env": {"A": "1"},
        "quiet": True,
    }
    request = Request.from_mapping(mapping)
    assert request.options == {"env": {"A": "1"}, "quiet": True}
    assert request.to_mapping() == mapping


def test_options_have_text_as_keys():
    request = Request.from_mapping({"action": "find", 5: "x", None: "y"})
    assert request.options == {"5": "x", "None": "y"}


def test_one_further_name_may_be_text():
    assert Request.from_mapping({"artifacts": "abc"}).artifacts == ("abc",)
    assert Request.from_mapping({"unparsed_cmd": "ls -l", "cmd": "x y"}).unparsed == ("ls -l",)


@pytest.mark.parametrize(
    "mapping", [{"action": 1}, {"artifact": ["a"]}, {"artifacts": [1]}, {"artifacts": {"a": 1}}]
)
def test_names_must_be_text(mapping):
    with pytest.raises(UsageError):
        Request.from_mapping(mapping)


@pytest.mark.parametrize("value", [True, "yes", "on", "TRUE", " 1 ", 1])
def test_yes(value):
    assert is_true(value)


@pytest.mark.parametrize("value", [False, None, "", "no", "off", "0", 0, "2", [], {}])
def test_no(value):
    assert not is_true(value)


@pytest.mark.parametrize("key", ["cmd", "unparsed_cmd"])
def test_words_are_text_or_a_list(key):
    with pytest.raises(UsageError, match=f"'{key}' must be a list of words, not a number"):
        Request.from_mapping({"action": "find", key: 5})
    assert Request.from_mapping({key: "one"}) == Request.from_mapping({key: ["one"]})
