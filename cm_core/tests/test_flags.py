"""Flags as declared: names, order, what is read from a request, and what is refused."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from cm_core.errors import PluginError, UsageError
from cm_core.flags import (
    Flags,
    anything,
    choice,
    duration,
    mapping,
    number,
    optional,
    path,
    read_flags,
    read_own_flags,
    set_in,
    size,
    switch,
    text,
    texts,
    whole,
    words,
)
from cm_core.model.request import Request
from cm_core.plugins.declared import flags_in

ARABIC_ONE = "\N{ARABIC-INDIC DIGIT ONE}"
YES_OR_NO = "yes, true, on and 1 mean yes; no, false, off and 0 mean no"


class Naming(Flags, group="Names"):
    name = text("a name")
    tags = words("its tags", values="tags")


class Every(Naming, group="The rest"):
    force = switch("do not ask", also=("f",))
    readme = optional("write it", bare="README.md")
    file = path("a file", default="cm.zip")
    memory = size("how much")
    mode = choice("what to do", ("find-peak", "accuracy"), default="accuracy", synonyms={"yes": "find-peak"})
    depth = whole("how deep", least=1, most=100, also=("d",))
    seed = whole("of chance", default=7)
    rate = number("how fast", above=0, unit="Hz")
    timeout = duration("how long", env="CM_TEST_TIMEOUT")
    modes = words("several", choices=("find-peak", "accuracy"))
    rules = texts("patterns", repeat=True)
    names = words("several times", repeat=True)
    meta = mapping("keys")
    explore = anything("whatever", valued_keys=True)
    import_ = text("a word of Python")
    columns = words("columns or expressions", nested=True)
    given = anything("values", metavar=".NAME=VALUES", valued_keys=True)


class Prefixed(Flags, prefix="docker_"):
    interactive = switch("stay", also=("it",))


def read(**options: Any) -> Every:
    return read_flags(Every, options)


def test_flags_are_declared_in_order_with_those_of_bases_first() -> None:
    assert [flag.name for flag in Every.__declared__[:3]] == ["name", "tags", "force"]
    assert [flag.group for flag in Every.__declared__[1:3]] == ["Names", "The rest"]
    assert Every.__by_key__["import"].attribute == "import_"
    assert Prefixed.__by_key__.keys() == {"docker_interactive", "docker_it"}
    assert read_flags(Prefixed, {"docker_it": True}).interactive is True


def test_an_attribute_is_one_flag() -> None:
    class Other(Flags, prefix="other_"):
        name = text("another name")

    both: Any = type("Both", (Naming, Other), {})
    with pytest.raises(TypeError, match="two flags"):
        both()
    with pytest.raises(PluginError, match=r"cannot be used: Both\.name would be two flags"):
        flags_in(both)


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("help", text("a text")),
        ("quiet", path("a file")),
        ("out", switch("x")),
        ("ask", text("x", also=("y",))),
    ],
)
def test_a_flag_of_every_action_stays_what_it_is(name: str, flag: Any) -> None:
    hiding: Any = type("Hiding", (Flags,), {name: flag})
    with pytest.raises(PluginError, match="which means something else for every action"):
        flags_in(hiding)
    assert flags_in(type("Same", (Flags,), {"help": switch("own help", also=("h",))}))


def test_threads_that_want_the_flags_at_the_same_time_get_all_of_them() -> None:
    class Wanted(Flags):
        name = text("a name", default="a")

    late = vars(Wanted)["__declared__"]
    first = Wanted.__declared__
    assert late.__get__(None, Wanted) == first
    assert [flag.name for flag in Wanted.__declared__] == ["name"]
    assert read_flags(Wanted, {}).name == "a"


def test_what_nobody_says_has_its_default() -> None:
    asked = read(name=None, file="", seed=False, unknown=5)
    assert (asked.name, asked.tags, asked.force, asked.readme) == ("", (), False, "")
    assert (asked.file, asked.mode, asked.depth, asked.seed) == ("cm.zip", "accuracy", None, 7)
    assert (asked.rate, asked.timeout, asked.rules, asked.meta, asked.explore) == (None, None, (), {}, None)


@pytest.mark.parametrize(
    ("options", "attribute", "value"),
    [
        ({"name": " a "}, "name", "a"),
        ({"name": 5}, "name", "5"),
        ({"tags": "a, b,"}, "tags", ("a", "b")),
        ({"tags": ["a,b", 1]}, "tags", ("a,b", "1")),
        ({"force": "yes"}, "force", True),
        ({"force": "no"}, "force", False),
        ({"f": 1}, "force", True),
        *(({"force": word}, "force", True) for word in ("1", "ON", "True", " yes ")),
        *(({"force": word}, "force", False) for word in ("0", "OFF", "False", " no ", "", " ", 0, [])),
        ({"force": False, "f": True}, "force", True),
        ({"readme": True}, "readme", "README.md"),
        ({"readme": "no"}, "readme", ""),
        ({"readme": False}, "readme", ""),
        ({"readme": "x.md"}, "readme", "x.md"),
        ({"readme": ["a", "b"]}, "readme", "a,b"),
        ({"memory": "8gb"}, "memory", "8gb"),
        ({"memory": "1.5 GiB"}, "memory", "1.5 GiB"),
        ({"mode": "Find_Peak"}, "mode", "find-peak"),
        ({"mode": "yes"}, "mode", "find-peak"),
        ({"mode": True}, "mode", "find-peak"),
        ({"mode": False}, "mode", "accuracy"),
        ({"depth": "3"}, "depth", 3),
        ({"depth": 100}, "depth", 100),
        ({"d": "1"}, "depth", 1),
        ({"depth": "3", "d": 3}, "depth", 3),
        ({"seed": "0"}, "seed", 0),
        ({"rate": "1e3"}, "rate", 1000.0),
        ({"timeout": "90"}, "timeout", 90.0),
        ({"timeout": "1e2"}, "timeout", 100.0),
        ({"timeout": "1.5H"}, "timeout", 5400.0),
        ({"timeout": "200 ms"}, "timeout", 0.2),
        ({"modes": "accuracy,FINDPEAK"}, "modes", ("accuracy", "find-peak")),
        ({"rules": "a, b"}, "rules", ("a, b",)),
        ({"rules": ["a, b", "c"]}, "rules", ("a, b", "c")),
        ({"names": ["a, b", "c"]}, "names", ("a", "b", "c")),
        ({"meta": {"a": 1}}, "meta", {"a": 1}),
        ({"explore": [1]}, "explore", [1]),
        ({"import": "x"}, "import_", "x"),
        ({"columns": "a, max(b, c) ,[d,e], 'f,g'"}, "columns", ("a", "max(b, c)", "[d,e]", "'f,g'")),
        ({"columns": ["max(b, c)"]}, "columns", ("max(b, c)",)),
        ({"columns": ""}, "columns", ()),
    ],
)
def test_values(options: Mapping[str, Any], attribute: str, value: object) -> None:
    assert getattr(read(**options), attribute) == value


@pytest.mark.parametrize(
    ("options", "sentence", "hint"),
    [
        ({"name": True}, "--name needs a value", "write --name=TEXT"),
        ({"name": {"a": 1}}, "--name needs a value", "write --name=TEXT"),
        ({"tags": True}, "--tags needs a value", "write --tags=WORD,WORD"),
        ({"rules": {"a": 1}}, "--rules needs a value", "write --rules=TEXT"),
        ({"modes": True}, "--modes needs a value", "write --modes=find-peak,accuracy"),
        ({"mode": "find-peek"}, "--mode cannot be 'find-peek'", "did you mean 'find-peak'?"),
        ({"mode": "x"}, "--mode cannot be 'x'", "write --mode=find-peak or accuracy"),
        ({"modes": "accuracy,x"}, "--modes cannot be 'x'", "write --modes=find-peak or accuracy"),
        ({"force": "ture"}, "--force=ture is neither yes nor no", f"did you mean 'true'? {YES_OR_NO}"),
        ({"force": "maybe"}, "--force=maybe is neither yes nor no", YES_OR_NO),
        ({"f": 2}, "-f=2 is neither yes nor no", YES_OR_NO),
        ({"depth": "0"}, "--depth=0 must be a whole number, at least 1", ""),
        ({"d": "-1"}, "-d=-1 must be a whole number, at least 1", ""),
        ({"depth": "many"}, "--depth=many must be a whole number, at least 1", ""),
        ({"depth": "²"}, "--depth=² must be a whole number, at least 1", ""),
        ({"depth": "101"}, "--depth=101 is too large: at most 100", ""),
        ({"seed": "9" * 5000}, f"--seed={'9' * 5000} is too large", ""),
        ({"rate": "fast"}, "--rate=fast is not a number", ""),
        *(
            ({"rate": text}, f"--rate={text} is not a number", "")
            for text in ("nan", "-inf", "1_0", ARABIC_ONE, "1e999")
        ),
        ({"rate": "0"}, "--rate=0 must be more than 0", ""),
        ({"timeout": "soon"}, "--timeout=soon is not a duration", "write --timeout=90s, 10m or 2h"),
        *(
            ({"timeout": text}, f"--timeout={text} is not a duration", "write --timeout=90s, 10m or 2h")
            for text in ("nan", "inf", "1_0", "1_0s", f"{ARABIC_ONE}s", "1.2.3s", "s")
        ),
        ({"timeout": "-5"}, "--timeout=-5 must be more than 0", ""),
        ({"timeout": f"{'9' * 308}d"}, f"--timeout={'9' * 308}d is too large", ""),
        *(
            ({"memory": text}, f"--memory={text} is not a size", "write --memory=512m or 8gb")
            for text in ("1_0g", f"{ARABIC_ONE}g", "8\N{KELVIN SIGN}", "-1g", "inf")
        ),
        ({"depth": "1_0"}, "--depth=1_0 must be a whole number, at least 1", ""),
        ({"timeout": "0s"}, "--timeout=0s must be more than 0", ""),
        ({"timeout": "5y"}, "--timeout=5y is not a duration", "write --timeout=90s, 10m or 2h"),
        ({"memory": "lots"}, "--memory=lots is not a size", "write --memory=512m or 8gb"),
        ({"meta": "x"}, "--meta needs keys", "write --meta.KEY=VALUE"),
        ({"depth": 3, "d": "4"}, "--depth=3 contradicts -d=4", "drop one of the two"),
    ],
)
def test_what_is_refused(options: Mapping[str, Any], sentence: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(**options)
    assert (caught.value.message, caught.value.hint) == (sentence, hint)


def test_a_word_that_a_switch_does_not_know_may_be_for_somebody_else() -> None:
    options = {"force": "a/file", "name": "a", "depth": "3", "unknown": "x"}
    asked = read_own_flags(Every, Request(options=options))
    assert (asked.force, asked.name, asked.depth) == (False, "a", 3)
    assert read_own_flags(Every, {"f": "on"}).force
    with pytest.raises(UsageError, match="--depth=x"):
        read_own_flags(Every, {"depth": "x"})


def test_the_environment_is_asked_for_what_is_not_given() -> None:
    env = {"CM_TEST_TIMEOUT": "2m"}
    assert read_flags(Every, Request(options={}), env).timeout == 120
    assert read_flags(Every, Request(options={"timeout": "5"}), env).timeout == 5
    assert read_flags(Every, {}, {"CM_TEST_TIMEOUT": ""}).timeout is None


def test_what_was_read_does_not_change() -> None:
    asked = read(name="a")
    with pytest.raises(FrozenInstanceError):
        asked.name = "b"
    with pytest.raises(FrozenInstanceError):
        del asked.name
    assert asked == read(name="a", depth=None)
    assert asked != read(name="b")
    assert repr(asked) == "Every(name='a')"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("name", "--name=TEXT"),
        ("tags", "--tags=WORD,WORD"),
        ("force", "--force"),
        ("readme", "--readme[=VALUE]"),
        ("mode", "--mode=find-peak|accuracy"),
        ("modes", "--modes=find-peak,accuracy"),
        ("depth", "--depth=N"),
        ("timeout", "--timeout=TIME"),
        ("meta", "--meta.KEY=VALUE"),
        ("explore", "--explore=VALUE"),
        ("given", "--given.NAME=VALUES"),
    ],
)
def test_forms(name: str, form: str) -> None:
    assert Every.__by_key__[name].form == form


class Access(Flags):
    token = text("a token", also=("pat",))
    url = text("an address", also=("address",))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"token": "one", "pat": "two"}, "--token=*** contradicts --pat=***"),
        ({"url": "https://me:word@a", "address": "b"}, "--url=https://***@a contradicts --address=b"),
    ],
)
def test_messages_repeat_no_secret(given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_flags(Access, given)
    assert caught.value.message == said


class Chosen(Flags):
    engine = text("an engine", default="auto", env="X_ENGINE")
    share = number("a share", most=10)


def test_what_an_environment_sets() -> None:
    assert set_in({"X_ENGINE": "podman", "X_SHARE": "5"}, Chosen) == {"engine": "podman"}
    assert set_in({"X_ENGINE": ""}, Chosen) == {}


def test_what_was_typed_wins_over_the_environment() -> None:
    assert read_flags(Chosen, {}, {"X_ENGINE": "podman"}).engine == "podman"
    assert read_flags(Chosen, {"engine": "auto"}, {"X_ENGINE": "podman"}).engine == "auto"


def test_a_wrong_value_in_the_environment_names_the_variable() -> None:
    with pytest.raises(
        UsageError, match="CM_TEST_TIMEOUT in the environment: --timeout=soon is not a duration"
    ):
        read_flags(Every, {}, {"CM_TEST_TIMEOUT": "soon"})


def test_a_number_is_one() -> None:
    with pytest.raises(UsageError, match="--share=nan is not a number"):
        read_flags(Chosen, {"share": "nan"})


def test_an_object_shows_no_secret() -> None:
    assert "word" not in repr(read_flags(Access, {"token": "word"}))
