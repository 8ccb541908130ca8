"""What a command line means: as recorded before flags were declared with types, and where it differs now.

``grammar.json`` holds the flags of every verb as they were declared then, the request that came out of each
way to write a flag (``NAME`` stands for its name, ``HYPHENED`` for the same with hyphens), and lines of the
original's grammar. The recorded answers are the measure; each difference is listed here with its reason.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cm_core import Session, UsageError
from cm_core.model.values import value_of

RECORD = json.loads(Path(__file__).with_name("grammar.json").read_text(encoding="utf-8"))
ANSWERS: Mapping[str, Mapping[str, Any]] = RECORD["answers"]

# A flag with a value takes the next word: this was so for experiments, and holds for every declared flag now.
TAKES = {"--NAME V": {"NAME": "V"}}
# A flag without its value was refused while the words were read; now it is when its value is, as everywhere.
REFUSED_LATER = {
    "--NAME": {"NAME": True},
    "--NAME -- V": {"NAME": True, "unparsed_cmd": ["V"]},
    "--NAME --quiet": {"NAME": True, "quiet": True},
}
# Three dashes name another key; the value went to both.
THREE_DASHES = {"---NAME=V": {"_NAME": "V"}}
DIFFERENCES: Mapping[str, Mapping[str, Any]] = {
    "as typed": TAKES,
    "by words": REFUSED_LATER,
    "collected": REFUSED_LATER | THREE_DASHES,
}
# Flags that have a meaning without a value take no word after them.
OPTIONAL = {
    "print_readme",
    "print_notebook",
    "print_dockerfile",
    "result",
    "compliance",
    "compare",
    "docker_gpu",
}
# Texts that only said yes or no are switches now.
SWITCHES = {"docker_fake_run_deps"}


def declared() -> Iterator[tuple[str, str, str, str]]:
    """Verb with automation, name of a flag, which answers are recorded for it, and its former kind."""
    for verb, groups in RECORD["declared"].items():
        for answers, kinds in groups.items():
            for kind, names in kinds.items():
                for name in names.split():
                    yield verb, name, answers, kind


def named(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key.replace("NAME", name): named(item, name) for key, item in value.items()}
    return value


def words_of(form: str, name: str) -> list[str]:
    typed = [form] if form == "--NAME= V " else form.split(" ")
    return [word.replace("NAME", name).replace("HYPHENED", name.replace("_", "-")) for word in typed]


def answer(session: Session, words: list[str]) -> dict[str, Any]:
    mapping = session.understand(words).to_mapping()
    return {key: value for key, value in mapping.items() if key not in ("action", "automation", "cmd")}


@pytest.mark.parametrize("verb", RECORD["declared"])
def test_flags_mean_what_they_meant(cm_session: Session, verb: str) -> None:
    action, automation, *_ = verb.split()
    flags = cm_session.declared_flags(action, automation)
    for _, name, answers, kind in filter(lambda row: row[0] == verb, declared()):
        flag = flags[name]
        assert flag.takes_next_word == (kind in ("text", "list") and name not in OPTIONAL | SWITCHES), name
        differences = DIFFERENCES[answers] if flag.takes_next_word else {}
        for form, recorded in ANSWERS[answers].items():
            expected = named(differences.get(form, recorded), name)
            assert answer(cm_session, [action, automation, *words_of(form, name)]) == expected, (name, form)


def test_a_flag_without_its_value_is_refused(cm_session: Session) -> None:
    for verb, name, answers, _ in declared():
        if answers == "as typed":
            continue
        flag = cm_session.declared_flags(*verb.split())[name]
        if flag.kind != "anything":
            with pytest.raises(UsageError, match=f"{name} needs a value"):
                value_of(flag, name, True)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("show mlperf --sort -result", "if that is '-result', write --sort=-result"),
        ("show experiment --sort -x --limit=5", "if that is '-x', write --sort=-x"),
        ("run mlperf --conf.KEY -y5 -q", "if that is '-y5', write --conf.KEY=-y5"),
    ],
)
def test_a_value_with_a_dash_stands_after_the_equals_sign(cm_session: Session, line: str, hint: str) -> None:
    with pytest.raises(UsageError, match="needs a value") as caught:
        cm_session.understand(line)
    assert caught.value.hint == hint


@pytest.mark.parametrize("line", RECORD["lines"])
def test_lines(cm_session: Session, line: str) -> None:
    expected = RECORD["lines"][line]
    for request in (cm_session.understand(line), cm_session.understand(shlex.split(line))):
        mapping = request.to_mapping()
        del mapping["cmd"]
        assert mapping == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("show mlperf --sort result", {"sort": "result"}),
        ("doc script --output x.md detect-os", {"output": "x.md", "artifact": "detect-os"}),
        ("check mlperf --submitter me .", {"submitter": "me", "artifact": "."}),
        ("run mlperf --level demo", {"level": "demo"}),
        ("run mlperf --target_latency -5", {"target_latency": "-5"}),
        ("run mlperf --model --level demo", {"model": True, "level": "demo"}),
        ("run mlperf --model -q", {"model": True, "q": True}),
        ("run script --input -x", {"input": True, "x": True}),
        ("ls script --tags detect,os --out json", {"tags": "detect,os", "out": "json"}),
        ("run script,5b4e0237da074764 --tags detect,os -j", {"tags": "detect,os", "j": True}),
        ("run 5b4e0237da074764 --version-min 3 x", {"version_min": "3", "artifact": "x"}),
        ("run experiment -j 4 x --constraint a=1 --constraint b", {"constraint": ["a=1", "b"], "j": "4"}),
        ("find unknown-kind --tags a x", {"tags": "a"}),
        ("run script --env.CM_A x", {"env": {"CM_A": True}}),
        ("run script x --of_a_recipe y", {"of_a_recipe": True, "artifacts": ["y"]}),
        ("--sort x show mlperf", {"sort": True, "artifact": "x", "artifacts": ["show", "mlperf"]}),
    ],
)
def test_values_in_words_of_their_own(cm_session: Session, line: str, expected: dict[str, Any]) -> None:
    found = answer(cm_session, line.split())
    assert found == ({"artifact": "x"} if " x" in line and "artifact" not in expected else {}) | expected
