"""The command language, against the table of what the original accepts."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core.errors import CMError, MetaError, NotFoundError, UsageError
from cm_core.model.argline import flag_words, parse_line, parse_words, split_names
from cm_core.model.request import Request


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["word"], {"artifact": "word"}),
        (["one", "two", "three"], {"artifact": "one", "artifacts": ["two", "three"]}),
        (["--k=v"], {"k": "v"}),
        (["-k=v"], {"k": "v"}),
        (["---k=v"], {"_k": "v"}),
        (["----k=v"], {"__k": "v"}),
        (["--k=  v "], {"k": "v"}),
        (["--k=true"], {"k": "true"}),
        (["--k=5"], {"k": "5"}),
        (["--k='v'"], {"k": "'v'"}),
        (["--k=a=b"], {"k": "a=b"}),
        (["--k="], {"k": ""}),
        (["--k", "v"], {"k": True, "artifact": "v"}),
        (["-k"], {"k": True}),
        (["--k-"], {"k": False}),
        (["-k-"], {"k": False}),
        (["--a-b-"], {"a_b": False}),
        (["--k,=x,y"], {"k": ["x", "y"]}),
        (["--k,=a, b ,c"], {"k": ["a", " b ", "c"]}),
        (["--k,="], {"k": []}),
        (["--a-b,=x"], {"a_b": ["x"]}),
        (["--a.b.c=v"], {"a": {"b": {"c": "v"}}}),
        (["--a.b,=x,y"], {"a": {"b": ["x", "y"]}}),
        (["--a.b", "--a.c-"], {"a": {"b": True, "c": False}}),
        (["--a-x.b-y=1"], {"a_x": {"b-y": "1"}}),
        (["--a-b=1"], {"a_b": "1"}),
        (
            ["--env.CM_A=1", "--adr.x-y.tags=_a,_b"],
            {"env": {"CM_A": "1"}, "adr": {"x-y": {"tags": "_a,_b"}}},
        ),
        (["--a.b=1", "--a=2"], {"a": "2"}),
        (["--k=a", "--k"], {"k": True}),
        (["--k-=v"], {"k_": "v"}),
        (["--é-ü=1"], {"é_ü": "1"}),
        (["-"], {"": False}),
        (["x=v"], {"artifact": "x=v"}),
        (["--", "rest", "--x"], {"unparsed_cmd": ["rest", "--x"]}),
        (["a", "--"], {"artifact": "a", "unparsed_cmd": []}),
        (["--", "--x=1", "--", "y"], {"unparsed_cmd": ["--x=1", "--", "y"]}),
        (["--action=z"], {"action": "z"}),
        (["--artifacts=x", "y", "z"], {"artifact": "y", "artifacts": ["z"]}),
    ],
)
def test_words_after_the_names(words: list[str], expected: dict[str, Any]) -> None:
    request = parse_words(["print-input", "automation", *words])
    assert request.to_mapping() == {
        "action": "print-input",
        "automation": "automation",
        "cmd": words,
        **expected,
    }


def test_example_with_everything() -> None:
    words = ["--a=b", "-c", "--d.e=f", "art1", "art2", "--", "rest", "--x"]
    request = parse_words(["print-input", "automation", *words])
    assert request == Request(
        action="print-input",
        automation="automation",
        artifact="art1",
        artifacts=("art2",),
        options={"a": "b", "c": True, "d": {"e": "f"}},
        unparsed=("rest", "--x"),
        command=tuple(words),
    )


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], []),
        (["run"], ["run"]),
        (["run", "script", "x"], ["run", "script"]),
        (["--flag", "run", "script"], []),
        (["run", "--flag", "script"], ["run"]),
        (["@file.json", "run"], []),
        (["run", "", "x"], ["run"]),
    ],
)
def test_names_are_taken_from_the_head_only(words: list[str], names: list[str]) -> None:
    assert split_names(words) == (names, words[len(names) :])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text('{"x": 1, "y": {"p": 1, "q": 2}, "artifact": "fromfile"}')
    (tmp_path / "b.yaml").write_text("y: {r: 3}\nflag: yes\nnumber: 012\n")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "artifact", "options"),
    [
        (["c", "@a.json"], "fromfile", {"x": 1, "y": {"p": 1, "q": 2}}),
        (["@a.json", "c"], "c", {"x": 1, "y": {"p": 1, "q": 2}}),
        (["--x=5", "@a.json"], "fromfile", {"x": 1, "y": {"p": 1, "q": 2}}),
        (
            ["@b.yaml", "@a.json", "--x=5", "--y.q=9"],
            "fromfile",
            {"x": "5", "y": {"p": 1, "q": "9"}, "flag": True, "number": 10},
        ),
    ],
)
def test_files_are_merged_in_place(
    files: Path, words: list[str], artifact: str, options: dict[str, Any]
) -> None:
    request = parse_words(["a", "b", *words], cwd=files)
    assert request.artifact == artifact
    assert request.options == options


def test_a_file_may_set_the_action(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(json.dumps({"action": "other", "artifacts": "one"}))
    request = parse_words(["run", "script", "@f.json"], cwd=tmp_path)
    assert (request.action, request.artifacts) == ("other", ("one",))


@pytest.mark.parametrize(
    ("word", "error", "code"),
    [
        ("@missing.json", NotFoundError, 16),
        ("@a.txt", CMError, 1),
        ("@broken.json", MetaError, 4),
        ("@list.yaml", MetaError, 4),
    ],
)
def test_unusable_files(tmp_path: Path, word: str, error: type[CMError], code: int) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.yaml").write_text("- a\n")
    with pytest.raises(error) as caught:
        parse_words(["a", "b", word], cwd=tmp_path)
    assert caught.value.exit_code == code
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "words", [["--a=1", "--a.b=2"], ["--a", "--a.b=2"], ["--a.b=1", "--a.b.c=2"], ["--k,"], ["--k,-"]]
)
def test_flags_that_make_no_sense(words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_words(["run", "script", *words])
    assert caught.value.hint


def test_names_must_be_words() -> None:
    with pytest.raises(UsageError):
        parse_words(["--action"])


def test_a_string_is_split_like_a_shell_and_kept_as_typed() -> None:
    line = "run script \"detect os\" --k='a b' x\\ y"
    request = parse_line(line)
    assert (request.artifact, request.artifacts) == ("detect os", ("x y",))
    assert request.options == {"k": "a b"}
    assert request.command == (line,)


def test_an_open_quotation_mark() -> None:
    with pytest.raises(UsageError, match="cannot split"):
        parse_line('run script "detect')


_KEYS = st.text(st.characters(categories=["Ll", "Nd"], include_characters="_"), min_size=1, max_size=8)
_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)
_LISTS = st.lists(_TEXTS.filter(lambda text: "," not in text), min_size=2, max_size=4).filter(
    # The value as a whole is stripped and one empty word is the empty list, so neither can be written.
    lambda words: words[0] != "" and words[-1] != ""
)
_TREES = st.recursive(
    _TEXTS | st.booleans() | _LISTS | st.just([]),
    lambda children: st.dictionaries(_KEYS, children, min_size=1, max_size=3),
    max_leaves=6,
)


def _to_words(prefix: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for key, child in value.items() for word in _to_words(f"{prefix}.{key}", child)]
    if isinstance(value, list):
        return [f"--{prefix},={','.join(value)}"]
    if value is True:
        return [f"--{prefix}"]
    return [f"--{prefix}-"] if value is False else [f"--{prefix}={value}"]


@given(
    options=st.dictionaries(
        _KEYS.filter(
            lambda key: key not in ("action", "automation", "artifact", "artifacts", "cmd", "unparsed_cmd")
        ),
        _TREES,
        max_size=4,
    ),
    artifacts=st.lists(_KEYS, max_size=3),
    rest=st.none() | st.lists(_TEXTS, max_size=3),
)
def test_what_is_written_is_read(
    options: dict[str, Any], artifacts: list[str], rest: list[str] | None
) -> None:
    words = [*artifacts]
    for key, value in options.items():
        words += _to_words(key, value)
    words += [] if rest is None else ["--", *rest]
    request = parse_words(["run", "script", *words])
    assert request.options == options
    assert [request.artifact, *request.artifacts] == (artifacts or [""])
    assert request.unparsed == (None if rest is None else tuple(rest))
    assert Request.from_mapping(request.to_mapping()) == request


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_words_give_a_request_or_a_usage_error(words: list[str]) -> None:
    with contextlib.suppress(UsageError):
        parse_words([word for word in words if not word.startswith("@")])


def test_options_are_written_as_the_flags_that_mean_them():
    options = {
        "model": "a b.onnx",
        "quiet": True,
        "old": False,
        "names": ["x", "y"],
        "env": {"CM_X": 1, "CM_Y": {"deep": "2"}, "CM_GH_TOKEN": "hidden"},
        "url": "https://me:word@example.org/x",
        "none": None,
    }
    words = flag_words(options)
    assert words == [
        "--model=a b.onnx",
        "--quiet",
        "--old-",
        "--names,=x,y",
        "--env.CM_X=1",
        "--env.CM_Y.deep=2",
        "--url=https://***@example.org/x",
    ]
    again = parse_words(["run", "script", *words]).options
    assert again["names"] == ["x", "y"]
    assert (again["quiet"], again["old"], again["env"]["CM_Y"]) == (True, False, {"deep": "2"})
    assert flag_words({"X": "1"}, "const.") == ["--const.X=1"]
