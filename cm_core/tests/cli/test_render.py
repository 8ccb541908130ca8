"""What is printed where."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cm_core.cli.render import Renderer, guess_output_form, output_form
from cm_core.cli.steptext import Look
from cm_core.errors import AmbiguousError, CMError, NotFoundError, UsageError
from cm_core.model.result import Result


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def renderer(form: Any, **settings: Any) -> Renderer:
    return Renderer(form=form, stdout=io.StringIO(), stderr=io.StringIO(), **settings)


def printed(stream: Any) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("options", "form"),
    [
        ({}, "con"),
        ({"out": "con"}, "con"),
        ({"out": "json"}, "json"),
        ({"out": "yaml"}, "yaml"),
        ({"out": "none"}, "none"),
        ({"out": ""}, "none"),
        ({"out": False}, "none"),
        ({"json": True}, "json"),
        ({"json": "yes"}, "json"),
        ({"json": False}, "con"),
        ({"j": True}, "json"),
        ({"out": "yaml", "json": True}, "yaml"),
    ],
)
def test_the_form_that_is_asked_for(options: dict[str, Any], form: str) -> None:
    assert output_form(options) == form


@pytest.mark.parametrize("out", ["xml", True, 5])
def test_an_unknown_form(out: Any) -> None:
    with pytest.raises(UsageError):
        output_form({"out": out})


@pytest.mark.parametrize(
    ("words", "form"),
    [
        (["find", "script", "--k,", "--out=json"], "json"),
        (["find", "--", "--out=json"], "con"),
        (["find", "-j"], "json"),
        (["find", "--out=xml"], "con"),
        (["find", "--out=json", "--out=yaml"], "yaml"),
    ],
)
def test_the_form_of_a_line_that_cannot_be_read(words: list[str], form: str) -> None:
    assert guess_output_form(words) == form


def test_text() -> None:
    shown = renderer("con")
    assert shown.result(Result(lines=("one", "two"), data={"a": 1}, exit_code=3)) == 3
    assert printed(shown.stdout) == "one\ntwo\n"
    assert printed(shown.stderr) == ""


def test_json_document() -> None:
    shown = renderer("json")
    assert shown.result(Result(lines=("one",), data={"path": Path("/x")}, warnings=("careful",))) == 0
    document = json.loads(printed(shown.stdout))
    assert document == {"return": 0, "path": str(Path("/x")), "warnings": ["careful"]}


def test_silence() -> None:
    shown = renderer("none")
    assert shown.result(Result(lines=("one",))) == 0
    assert shown.error(CMError("bad")) == 1
    assert printed(shown.stdout) + printed(shown.stderr) == ""


def test_an_error_as_text() -> None:
    shown = renderer("con")
    assert shown.error(NotFoundError("no such thing", hint="look elsewhere")) == 16
    assert printed(shown.stdout) == ""
    assert printed(shown.stderr) == "CM error: no such thing\nhint: look elsewhere\n"


def test_what_explains_an_error_shows_no_credentials() -> None:
    class ExplainedError(CMError):
        def explanation(self) -> list[str]:
            return ["  https://me:hunter2@host/x"]

    shown = renderer("con")
    shown.error(ExplainedError("bad"))
    assert printed(shown.stderr) == "CM error: bad\n  https://***@host/x\n"


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_document_shows_no_credentials_wherever_they_are(form: str, tmp_path: Path) -> None:
    class Described:
        def to_json(self) -> dict[str, Any]:
            return {"links": ("https://me:hunter22@host/a",)}

    data = {
        "new": {"deep": [("https://me:hunter22@host", {"Bearer hunter22"})]},
        "object": Described(),
        "path": Path("/tmp/?token=hunter22"),
        "bytes": b"ftp://me:hunter22@host",
    }
    shown = renderer(form, save_to=tmp_path / "answer.json")
    shown.result(Result(data=data, warnings=("no https://me:hunter22@host",)))
    for text in (printed(shown.stdout), (tmp_path / "answer.json").read_text()):
        assert "hunter22" not in text
        assert text.count("***") == 6
    shown.error(CMError("bad", details={"deep": (data,), "new_env": {"A_TOKEN": "hunter22"}}))
    assert "hunter22" not in printed(shown.stdout) + (tmp_path / "answer.json").read_text()


def test_names_are_believed_where_an_answer_says_so() -> None:
    data = {
        "variables": {
            "A_TOKEN": "hunter22",
            "B": {"credentials": {"value": "hunter22"}},
            "PIN_PASSWORD": 1234,
        },
        "meta": {"input_mapping": {"my_token": "CM_MY_TOKEN"}, "max_token": 5},
    }
    shown = renderer("json")
    shown.result(Result(data=data, exports=("variables", "absent")))
    assert json.loads(printed(shown.stdout)) == {
        "return": 0,
        "variables": {"A_TOKEN": "***", "B": {"credentials": "***"}, "PIN_PASSWORD": "***"},
        "meta": {"input_mapping": {"my_token": "CM_MY_TOKEN"}, "max_token": 5},
    }


def test_an_error_as_a_document() -> None:
    shown = renderer("json")
    assert shown.error(AmbiguousError("several", candidates=["a", "b"], hint="name one")) == 1
    assert json.loads(printed(shown.stdout)) == {
        "return": 1,
        "error": "several",
        "hint": "name one",
        "candidates": ["a", "b"],
    }


def test_saved_as_well(tmp_path: Path) -> None:
    shown = renderer("con", save_to=tmp_path / "answer.json")
    shown.result(Result(lines=("one",), data={"a": {2, 1}}))
    assert json.loads((tmp_path / "answer.json").read_text()) == {"return": 0, "a": [1, 2]}
    shown.error(CMError("bad"))
    assert json.loads((tmp_path / "answer.json").read_text()) == {"return": 1, "error": "bad"}


@pytest.mark.skipif(os.name == "nt", reason="no colours there")
@pytest.mark.parametrize(
    ("stream", "env", "coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colour_only_where_it_is_wanted(stream: io.StringIO, env: dict[str, str], coloured: bool) -> None:
    assert ("\033" in Look.of(stream, env).paint("text", "failed")) is coloured


_NOISE = """
import os, subprocess, sys
from cm_core.cli.render import Renderer, answers_only, make_streams_safe
from cm_core.model.result import Result
make_streams_safe()
with answers_only() as stdout:
    print("printed")
    sys.stdout.flush()
    os.write(1, b"written\\n")
    subprocess.run([sys.executable, "-c", "print('child')"], check=True)
    print("buffered")
    Renderer(form="json", stdout=stdout).result(Result(data={"a": "\\u65e5\\udc80"}))
print("after")
"""


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_nothing_else_reaches_the_document(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-c", _NOISE],
        capture_output=True,
        check=False,
        env=environment,
        text=True,
        encoding=encoding,
    )
    assert done.returncode == 0, done.stderr
    document, brace, rest = done.stdout.partition("}\n")
    assert json.loads(document + brace) == {"return": 0, "a": "日\udc80"}
    assert rest == "after\n"
    for noise in ("printed", "written", "child", "buffered"):
        assert noise in done.stderr


def test_closed_streams_are_replaced() -> None:
    program = """
import os, sys
for number in (0, 1, 2):
    os.close(number)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""
    child = """
import sys
from cm_core.cli.render import make_streams_safe
make_streams_safe()
print("x"); print("y", file=sys.stderr); assert sys.stdin.read() == ""
sys.exit(7)
"""
    assert subprocess.run([sys.executable, "-c", program, child], check=False).returncode == 7
