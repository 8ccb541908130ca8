"""How a run fails: what the sentence says, which status the process ends with, what is left behind."""

from pathlib import Path

import pytest

from cm_core import CMError, MetaError, NotFoundError
from cm_script.errors import ScriptFailedError


def say(word):
    return f'echo {word} >> "@trace"'


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("return {'return': 5, 'error': 'no such thing'}", 5, "no such thing"),
        ("return {'return': 16, 'error': 'not found'}", 16, "not found"),
        ("return {'return': 1}", 1, "without a message"),
        ("return None", 1, "returned nothing"),
        ("return {}", 1, "without an integer"),
        ("raise ValueError('odd  value')", 1, "ValueError: odd value (customize.py, line 2)"),
        ("return 1/0", 1, "ZeroDivisionError"),
        ("import sys; sys.exit(7)", 7, "ended the program"),
        ("input('really? ')", 1, "asked a question, but the input is closed"),
    ],
)  # fmt: skip
def test_a_hook_that_fails(lab, monkeypatch, body, status, said):
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        lab.add(
            {
                "main": {"deps": [{"tags": "fails"}], "run.sh": say("never")},
                "fails": {"cache": True, "customize.py": f"def preprocess(i):\n    {body}\n"},
            }
        )
        with pytest.raises(CMError) as caught:
            lab.run("main")
    assert caught.value.exit_code == status
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.details["chain"] == ["main", "fails"]
    assert (lab.trace, lab.entries()) == ([], [])


@pytest.mark.parametrize(
    "text", ["def preprocess(i)\n", "import no_such_module\n", "1/0\n", "import sys; sys.exit(3)"]
)
def test_customize_that_cannot_be_loaded(lab, text):
    lab.add({"main": {"cache": True, "customize.py": text, "run.sh": say("never")}})
    with pytest.raises(CMError, match=r"customize\.py of recipe main cannot be loaded") as caught:
        lab.run("main")
    assert caught.value.exit_code == 1
    assert (lab.trace, lab.entries()) == ([], [])


def test_a_native_script_that_fails_at_depth_two(lab):
    failing = "\n".join(f"echo line {number}" for number in range(30)) + '\necho "Z=$Z" >> "@trace"\nexit 3\n'
    lab.add(
        {
            "main": {"deps": [{"tags": "middle"}], "run.sh": say("never")},
            "middle": {
                "deps": [{"tags": "leaf,_v", "version": "2", "env": {"Z": "a b"}}],
                "run.sh": say("never"),
            },
            "leaf": {"variations": {"v": {}}, "run.sh": failing, "cache": True},
        }
    )
    with pytest.raises(ScriptFailedError) as caught:
        lab.run("main")
    error, details = caught.value, caught.value.details
    assert error.exit_code == 2
    assert "leaf" in str(error)
    assert "exit status 3" in str(error)
    assert details["chain"] == ["main", "middle", "leaf,_v"]
    assert details["status"] == 3
    assert details["tail"] == [f"line {number}" for number in range(10, 30)]
    assert "line 0\n" in Path(details["log"]).read_text()
    assert details["rerun"] == "cm run script --tags=leaf,_v --version=2 '--env.Z=a b'"
    assert details["rerun"] in error.hint
    assert lab.trace == ["Z=a b"]
    assert lab.entries() == []
    assert [entry[:2] for entry in lab.listener.finished] == [
        ("leaf,_v", "failed"), ("middle", "failed"), ("main", "failed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "said"),
    [("kill -9 $$", "SIGKILL"), ("no-such-command-here", "127"), ("exit 42", "exit status 42")],
)
def test_statuses_are_decoded(lab, body, said):
    lab.add({"main": {"run.sh": body}})
    with pytest.raises(ScriptFailedError, match=said):
        lab.run("main")


def test_failures_can_be_ignored(lab):
    lab.add({"main": {"run.sh": "echo A=1 > tmp-run-env.out\nexit 3", "new_env_keys": ["A"]}})
    assert lab.run("main", ignore_script_error=True)["new_env"] == {"A": "1"}


def test_files_that_a_recipe_wants_to_be_seen(lab):
    lab.add(
        {"main": {"print_files_if_script_error": ["build.log"], "run.sh": "echo why > build.log; exit 1"}}
    )
    with pytest.raises(ScriptFailedError) as caught:
        lab.run("main")
    assert caught.value.details["files"] == {"build.log": ["why"]}


def test_a_native_script_that_is_named_must_exist(lab):
    lab.add({"main": {"script_name": "other"}})
    with pytest.raises(NotFoundError, match="other"):
        lab.run("main")


@pytest.mark.parametrize(
    "meta",
    [
        {"deps": {"tags": "x"}},
        {"deps": ["x"]},
        {"env": ["x"]},
        {"variations": ["x"]},
        {"new_env_keys": "X"},
    ],
)
def test_metadata_of_the_wrong_shape(lab, meta):
    lab.add({"main": {**meta, "run.sh": say("ran")}})
    with pytest.raises(MetaError, match="main"):
        lab.run("main")
    assert lab.trace == []


NO_NETWORK = (
    "HTTPSConnectionPool(host='no.example', port=443): Max retries exceeded with url: /a (Caused by NameResolutionError("
    "\"HTTPSConnection(host='no.example', port=443): Failed to resolve 'no.example'"
    ' ([Errno -3] Temporary failure in name resolution)"))'
)


@pytest.mark.parametrize(
    "body", [f"raise OSError({NO_NETWORK!r})", f"return {{'return': 1, 'error': {NO_NETWORK!r}}}"]
)
def test_a_server_that_a_hook_cannot_reach(lab, body):
    lab.add(
        {
            "main": {"deps": [{"tags": "fetch"}]},
            "fetch": {"customize.py": f"def preprocess(i):\n    {body}\n"},
        }
    )
    with pytest.raises(ScriptFailedError) as caught:
        lab.run("main")
    said = "no.example cannot be reached (Temporary failure in name resolution)"
    assert said in str(caught.value)
    assert "Max retries" not in str(caught.value)
    assert "check the network" in caught.value.hint
    assert caught.value.explanation() == ["needed by:", "  main", "    fetch"]
    # At the end, once.
    assert {entry[2] for entry in lab.listener.finished} == {""}


def test_a_script_that_a_hook_runs_fails(lab):
    """What failed is told as if it were a dependency."""
    ask = "return i['automation'].cmind.access({'action': 'run', 'automation': 'script', 'tags': '%s'})"
    lab.add(
        {
            "main": {"deps": [{"tags": "outer"}]},
            "outer": {"customize.py": f"def preprocess(i):\n    {ask % 'inner'}\n"},
            "inner": {"customize.py": "def preprocess(i):\n    return {'return': 5, 'error': 'no disk'}\n"},
        }
    )
    with pytest.raises(ScriptFailedError) as caught:
        lab.run("main")
    assert (caught.value.exit_code, str(caught.value)) == (5, "preprocess of recipe inner failed: no disk")
    assert caught.value.details["chain"] == ["main", "outer", "inner"]


def test_a_native_script_that_a_hook_runs_by_another_script_fails(lab):
    ask = "return i['automation'].cmind.access({'action': 'run', 'automation': 'script', 'tags': 'inner'})"
    lab.add(
        {
            "outer": {"customize.py": f"def preprocess(i):\n    {ask}\n"},
            "inner": {"run.sh": "echo last words; exit 3"},
        }
    )
    with pytest.raises(ScriptFailedError) as caught:
        lab.run("outer")
    assert str(caught.value) == "native script of recipe inner failed: exit status 3"
    lines = caught.value.explanation()
    assert lines[:3] == ["needed by:", "  outer", "    inner"]
    assert "  | last words" in lines


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("no-such-program --now\ntrue", ["no-such-program"]),
        (
            "seq 20000\nno-such-program\nseq 20000\nno-other-program; no-such-program; true",
            ["no-such-program", "no-other-program"],
        ),
        ("no-such-program 2> /dev/null\ntrue", []),
        ("echo 'a: command not found is what shells say'", []),
        ("echo 'main.c: line 3: note: command not found'", []),
        ("echo 'make: run.sh: line 3: note: command not found'", []),
        ("bash -c 'no-such-program; true'", ["no-such-program"]),
        ("printf 'no-such-program\\ntrue\\n' > more.sh\nbash more.sh", ["no-such-program"]),
        (
            "printf '#!/bin/bash\\nno-such-program\\ntrue\\n' > configure\nchmod +x configure; ./configure",
            ["no-such-program"],
        ),
    ],
)
def test_a_script_that_goes_on_without_a_program(lab, body, names):
    lab.add({"main": {"run.sh": body}})
    lab.run("main")
    assert [warning.partition(" (log: ")[0] for warning in lab.listener.messages] == (
        ["run.sh of recipe main went on without " + ", ".join(f"'{name}'" for name in names) + ", not found"]
        if names
        else []
    )
