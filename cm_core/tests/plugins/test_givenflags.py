"""What nobody would read is refused before anything is done."""

from contextlib import nullcontext
from typing import Any

import pytest

from cm_core.base.frozen import replace
from cm_core.errors import UsageError
from cm_core.model.argline import parse_words
from cm_core.model.request import Request
from cm_core.plugins.givenflags import check_given, nearest_flag
from cm_core.session import Session
from cm_core.verbs import FIVE_ACTIONS


def checked(session: Session, verb: str, kind: str, **options: Any) -> tuple[str, ...]:
    asked = Request(action=verb, automation=kind, options=options)
    return check_given(session.plugins, asked, verb, kind)


@pytest.mark.parametrize(
    ("verb", "kind", "options", "unknown"),
    [
        ("find", "automation", {"tags": "x", "quiet": True, "out": "json", "j": True}, ""),
        ("find", "automation", {"tgas": "x"}, "--tgas; did you mean --tags"),
        ("find", "automation", {"zzzzzzz": "x"}, "--zzzzzzz"),
        ("run", "script", {"anything": "goes"}, ""),
        ("add", "script", {"tgas": "x"}, "--tgas; did you mean --tags"),
        ("find", "script", {"anything": "goes"}, "--anything"),
        # The common action answers for a kind that lives in a repository.
        ("add", "of-a-repository", {"tagz": "x"}, "--tagz; did you mean --tags"),
        ("add", "*", {"tagz": "x"}, "--tagz; did you mean --tags"),
        ("show", "cache", {"evn": True}, "--evn; did you mean --env"),
        # Whoever declares no flag has none.
        ("get", "repo", {"anything": "goes"}, "--anything"),
        ("print-input", "automation", {"anything": "goes"}, ""),
    ],
)
def test_unknown_flags(
    cm_session: Session, verb: str, kind: str, options: dict[str, Any], unknown: str
) -> None:
    with pytest.raises(UsageError, match=f"unknown flag {unknown}") if unknown else nullcontext():
        assert checked(cm_session, verb, kind, **options) == ()


def test_every_verb_refuses_them(cm_session: Session) -> None:
    """Every verb of every installed plugin, but those that hand flags on to recipes."""
    plugins = cm_session.plugins
    verbs = {(action.name, action.automation) for action in plugins.actions}
    verbs |= {(verb, kind) for verb in FIVE_ACTIONS for kind in plugins.automations}
    open_ones = {(verb, kind) for verb, kind in verbs if plugins.passes_flags_on(verb, kind)}
    assert ("run", "script") in open_ones
    assert all(kind in ("script", "docker") or verb == "print-input" for verb, kind in open_ones)
    for verb, kind in verbs - open_ones:
        with pytest.raises(UsageError, match="unknown flag --no_such_flag"):
            checked(cm_session, verb, kind, no_such_flag=True)


def test_nothing_is_done(cm_session: Session) -> None:
    request = Request(action="add", automation="automation", artifact="new", options={"tagz": "a"})
    with pytest.raises(UsageError):
        cm_session.call(request)
    assert cm_session.find("automation", "new") == []


def test_programs_for_the_original_have_keys_of_their_own(cm_session: Session) -> None:
    answer = cm_session.access({"action": "find", "automation": "automation", "recursion_spaces": "  "})
    assert answer["return"] == 0
    answer = cm_session.access({"action": "rm", "automation": "cache", "tgas": "x", "force": True})
    assert answer["return"] == 1
    assert "did you mean --tags" in answer["error"]
    assert cm_session.access("find automation --recursion_spaces=x")["return"] == 1


@pytest.mark.parametrize(
    ("verb", "kind", "options", "refused"),
    [
        ("find", "script", {"quiet": "ture"}, True),
        ("find", "script", {"yes": "YES", "q": ""}, False),
        ("rm", "cache", {"force": "nope"}, True),
        ("load", "script", {"verbose": "2"}, True),
        ("run", "script", {"quiet": "ture"}, False),
        ("print-input", "automation", {"quiet": "ture"}, False),
    ],
)
def test_a_switch_says_yes_or_no(
    cm_session: Session, verb: str, kind: str, options: dict[str, Any], refused: bool
) -> None:
    with pytest.raises(UsageError, match="neither yes nor no") if refused else nullcontext():
        assert checked(cm_session, verb, kind, **options) == ()


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        ("thing --meta.cores 64", "64"),
        ("--meta.cores 64 thing", "64"),
        ("--meta.done thing", ""),
        ("thing --meta.cores=64 other", ""),
    ],
)
def test_a_word_after_a_key_is_a_name(cm_session: Session, words: str, lost: str) -> None:
    asked = parse_words(["add", "script", *words.split()], flags_of=cm_session.declared_flags)
    found = check_given(cm_session.plugins, asked, "add", "script")
    said = "'64' is taken as a name, not as the value of --meta.cores; for that, write --meta.cores=64"
    assert found == ((said,) if lost else ())
    if lost:
        with pytest.raises(UsageError, match=said):
            check_given(cm_session.plugins, asked.with_options(strict=True), "add", "script")


def test_words_after_the_dashes(cm_session: Session) -> None:
    asked = parse_words(["find", "automation", "--", "a", "b"])
    with pytest.raises(UsageError, match="'find automation' does not read the words after --: a b"):
        cm_session.call(asked)
    assert cm_session.call(replace(asked, lenient=True)).data["list"] is not None
    assert cm_session.call(replace(asked, action="print-input")).data["unparsed_cmd"] == ["a", "b"]


def test_the_nearest_flag() -> None:
    assert nearest_flag("tgas", ["tags", "t"]) == "; did you mean --tags?"
    assert nearest_flag("xyz", ["tags"]) == ""
