"""Which flags are known where."""

from contextlib import nullcontext
from typing import Any

import pytest

from cm_core.cli.catalog import Catalog
from cm_core.cli.flagchecks import check_flags, is_asking_for_help, nearest_flag, with_long_names
from cm_core.errors import UsageError
from cm_core.model.argline import parse_words
from cm_core.model.request import Request
from cm_core.session import Session


@pytest.fixture
def catalog(cm_session: Session) -> Catalog:
    return Catalog(cm_session.plugins)


def request(automation: str, **options: Any) -> Request:
    return Request(action="any", automation=automation, options=options)


def test_short_names_get_their_long_ones() -> None:
    assert with_long_names(request("script", y=True, q="yes")).options == {
        "y": True,
        "q": "yes",
        "yes": True,
        "quiet": True,
    }
    plain = request("script", y=False)
    assert with_long_names(plain) is plain


@pytest.mark.parametrize(
    ("verb", "asked", "number"),
    [
        ("find", request("automation", tags="x", quiet=True, out="json", j=True), 0),
        ("find", request("automation", tgas="x", nonsense=True), 2),
        ("find", request("bbeb15d8f0a944a4", tgas="x"), 1),
        ("find", request("automation,bbeb15d8f0a944a4", tgas="x"), 1),
        ("run", request("script", anything="goes"), 0),
        ("add", request("script", tgas="x"), 1),
        ("find", request("script", anything="goes"), 1),
        ("find", request("from-a-repository", anything="goes"), 0),
        ("find", request("a,b,c", anything="goes"), 0),
        ("show", request("cache", evn=True), 1),
        ("print-input", request("automation", anything="goes"), 0),
    ],
)
def test_unknown_flags(catalog: Catalog, verb: str, asked: Request, number: int) -> None:
    sentences = check_flags(asked, catalog, verb)
    assert len(sentences) == number
    if number:
        with pytest.raises(UsageError):
            check_flags(asked.with_options(strict=True), catalog, verb)


@pytest.mark.parametrize(
    ("verb", "asked", "refused"),
    [
        ("find", request("script", quiet="ture"), True),
        ("find", request("script", yes="YES", q=""), False),
        ("rm", request("cache", force="nope"), True),
        ("load", request("script", verbose="2"), True),
        ("run", request("script", quiet="ture"), False),
        ("print-input", request("automation", quiet="ture"), False),
        ("find", request("from-a-repository", quiet="ture"), False),
    ],
)
def test_a_switch_says_yes_or_no(catalog: Catalog, verb: str, asked: Request, refused: bool) -> None:
    with pytest.raises(UsageError, match="neither yes nor no") if refused else nullcontext():
        assert check_flags(asked, catalog, verb) == ()


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (
            "thing --meta.cores 64",
            ["'64' is taken as a name, not as the value of --meta.cores; for that, write"],
        ),
        (
            "--meta.cores 64 thing",
            ["'64' is taken as a name, not as the value of --meta.cores; for that, write"],
        ),
        ("--meta.done thing", []),
        ("thing --meta.cores=64 other", []),
        ("thing --nonsense 64", ["unknown flag --nonsense"]),
    ],
)
def test_a_word_after_a_key_is_a_name(
    catalog: Catalog, cm_session: Session, words: str, sentences: list[str]
) -> None:
    asked = parse_words(["add", "script", *words.split()], flags_of=cm_session.declared_flags)
    found = check_flags(asked, catalog, "add")
    assert [sentence.startswith(tuple(sentences)) for sentence in found] == [True] * len(sentences)
    if sentences:
        with pytest.raises(UsageError, match=sentences[0]):
            check_flags(asked.with_options(strict=True), catalog, "add")


def test_the_nearest_flag() -> None:
    assert nearest_flag("tgas", ["tags", "t"]) == "; did you mean --tags?"
    assert nearest_flag("xyz", ["tags"]) == ""


@pytest.mark.parametrize(
    ("options", "asking"),
    [
        ({"help": True}, True),
        ({"h": True}, True),
        ({"help": False}, False),
        ({"help": "me"}, False),
        ({}, False),
    ],
)
def test_asking_for_help(options: dict[str, Any], asking: bool) -> None:
    assert is_asking_for_help(options) is asking


def test_verbs(catalog: Catalog) -> None:
    find = catalog.verb("ls")
    assert find is not None
    assert find.name == "find"
    assert catalog.verb("print_input") == catalog.verb("print-input")
    assert catalog.verb("nonsense") is None
    assert "script" in catalog.automations_with("run")
    assert "repo" not in catalog.automations_with("run")
    assert catalog.automations_with("print-input") == ("automation",)
    assert "run" not in [verb.name for verb in catalog.verbs_of("automation")]
    assert catalog.verbs_of("cache")[0].name == "show"
