import pytest

from cm_core.model.errors import UsageError
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


@pytest.mark.parametrize(
    ("value", "words"),
    [("a, b,", ("a", "b")), (["a", 1], ("a", "1")), (None, ()), (False, ()), ("", ()), (5, ("5",))],
)
def test_words(value, words):
    assert Request(options={"k": value}).words("k") == words


@pytest.mark.parametrize(("value", "text"), [(" a ", "a"), (5, "5"), (None, "d"), (False, "d")])
def test_text(value, text):
    assert Request(options={"k": value}).text("k", "d") == text


@pytest.mark.parametrize("value", [True, {"a": 1}])
def test_a_flag_without_its_value_is_refused(value):
    request = Request(options={"k": value})
    with pytest.raises(UsageError, match="--k needs a value"):
        request.text("k")
    with pytest.raises(UsageError, match="--k needs a value"):
        request.words("k")


def test_mappings():
    assert Request(options={"k": {"a": 1}}).mapping("k") == {"a": 1}
    assert Request().mapping("k") == {}
    with pytest.raises(UsageError) as caught:
        Request(options={"k": True}).mapping("k")
    assert caught.value.hint == "write --k.KEY=VALUE"
