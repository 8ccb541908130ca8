import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cm_script.runtime.quoting import (
    export_line,
    export_script,
    process_variables,
    secret_keys,
    secret_variables,
)

# Everything a value may hold, with the characters that shells care about drawn often.
SHELL_TEXT = st.text(
    st.one_of(
        st.sampled_from(list("\"'`!#&;|<>(){}[]*?~ \t\n\r%=^,:")),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0$\\"),
    ),
    max_size=60,
)
WILD_TEXT = st.lists(
    st.sampled_from(
        [
            "$",
            "\\",
            '"',
            "`",
            "{",
            "}",
            "(",
            ")",
            "X",
            "$X",
            "${X}",
            ":-",
            "@P",
            "[",
            "]",
            "!",
            "\n",
            " ",
            "'",
            "a",
        ]
    ),
    max_size=12,
).map("".join)


def shown_by_bash(lines: str, name: str = "VALUE", env: dict[str, str] | None = None) -> str:
    program = f'{lines}\nprintf %s "${name}"'
    done = subprocess.run(
        ["bash"],
        input=program.encode(errors="surrogateescape"),
        env={"PATH": "/usr/bin:/bin", "X": "of-x", **(env or {})},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode(errors="surrogateescape")


@settings(max_examples=150, deadline=None)
@given(value=SHELL_TEXT)
@example("!!")
@example('"; touch /tmp/never; "')
@example("`id`")
def test_text_without_dollar_and_backslash_arrives_unchanged(value):
    assert shown_by_bash(export_line("VALUE", value)) == value


@settings(max_examples=150, deadline=None)
@given(value=WILD_TEXT)
@example("${X@P}")
@example("${X:-`id`}")
@example("${X:-$(id)}")
@example("a\\")
@example("${X")
@example("$'a'")
def test_no_value_breaks_the_script(value):
    script = export_line("VALUE", value) + '\nexport AFTER="reached"'
    assert shown_by_bash(script, "AFTER") == "reached"


@pytest.mark.parametrize(
    "command",
    [
        "$(touch {})",
        "`touch {}`",
        "$(( $(touch {}) ))",
        "${{X:-$(touch {})}}",
        "${{X:-`touch {}`}}",
        "$[$(touch {})]",
        "${{Y[$(touch {})]}}",
        '"; touch {}; "',
        '${{X:+\\"$(touch {})\\"}}',
    ],
)
def test_commands_in_values_are_text(tmp_path, command):
    target = tmp_path / "made"
    value = command.format(target)
    arrived = shown_by_bash(export_line("VALUE", value))
    assert not target.exists()
    if "\\" not in value and value != command:
        assert arrived == value


def test_values_cannot_run_what_other_variables_hold(tmp_path):
    target = tmp_path / "made"
    env = {"Y": f"a[$(touch {target})]", "P": f"$(touch {target})"}
    for value in ("${!Y}", "${P@P}", "${X:Y}", "${X[Y]}", "$((Y))", "$[Y]"):
        assert shown_by_bash(export_line("VALUE", value), env=env) == value
    assert not target.exists()


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        ("$X", "of-x"),
        ("${X}/lib", "of-x/lib"),
        ("$X.so", "of-x.so"),
        ("\\$X", "$X"),
        ("\\${X}", "${X}"),
        ('say \\"hi\\"', 'say "hi"'),
        ("a\\\\b", "a\\b"),
        ("a\\b", "a\\b"),
        ("\\`", "`"),
        ("one \\\ntwo", "one two"),
        ("costs $5 or $", "costs $5 or $"),
        ("${UNSET:-plain}", "plain"),
        ("${UNSET:-$X}", "of-x"),
        ("${UNSET:-${X}}", "of-x"),
        ("${X:+:${X}}", ":of-x"),
        ("\\$(id)", "$(id)"),
        ("echo \\${PIPESTATUS[0]} > exitstatus", "echo ${PIPESTATUS[0]} > exitstatus"),
        (True, "True"),
        (3, "3"),
        (["a", "b"], "['a', 'b']"),
    ],
)
def test_meaning_between_double_quotes_is_kept(value, arrives):
    assert shown_by_bash(export_line("VALUE", value)) == arrives


def test_lists_go_before_the_present_value():
    line = export_line("+VALUE", ["/a b", "/c"])
    assert shown_by_bash(line, env={"VALUE": "/usr"}) == "/a b:/c:/usr"
    assert shown_by_bash(line) == "/a b:/c"
    assert shown_by_bash(line, env={"VALUE": ""}) == "/a b:/c"


@pytest.mark.parametrize("separator", [" ", ",", ";", "}", '"', "\\", "$", "`"])
def test_lists_may_have_their_own_separator(separator):
    line = export_line(f"+{separator}VALUE", ["-O2", "-g"])
    assert shown_by_bash(line, env={"VALUE": "-w"}) == separator.join(("-O2", "-g", "-w"))


@pytest.mark.parametrize("key", ["A-B", "1A", "A B", "A;touch x", "", "+", "A\nB", 'A"', "A$(id)"])
def test_a_key_that_is_no_name_sets_nothing(key):
    script = export_line(key, "x") + "\nexport AFTER=reached"
    assert shown_by_bash(script, "AFTER") == "reached"


def test_keys_are_sorted_and_prefix_lines_come_first():
    script = export_script(
        {"B": "$A", "A": "1", "S": "hidden"}, script_prefix=["export A=0"], leave_out=("S",)
    )
    assert script.splitlines() == ["#!/bin/bash", "", "export A=0", 'export A="1"', 'export B="$A"']


def test_windows_form():
    assert export_line("K", "a&b", platform="windows") == 'set K="a&b"'
    assert export_line("K", "a b", platform="windows") == "set K=a b"
    assert export_line("K", "a\nb", platform="windows") == "set K=a b"
    assert export_line("+PATH", ["C:\\x", "D:\\y"], platform="windows") == "set PATH=C:\\x;D:\\y;%PATH%"
    assert export_line("+ CFLAGS", ["/O2"], platform="windows") == "set CFLAGS=/O2 %CFLAGS%"
    assert export_script({}, platform="windows").startswith("@echo off\n")


def test_secrets_are_known_by_name():
    env = {
        "CM_GH_TOKEN": "t",
        "AWS_SECRET_ACCESS_KEY": "k",
        "PASSWORD": "p",
        "CM_TOKENIZER": "x",
        "PATH": "y",
    }
    assert secret_keys({**env, "EMPTY_TOKEN": ""}) == {"CM_GH_TOKEN", "AWS_SECRET_ACCESS_KEY", "PASSWORD"}


def test_secrets_are_known_by_value():
    env = {
        "URL": "https://me:p@host",
        "+URLS": ["a", "https://t0ken@host"],
        "H": "Bearer t0ken-1",
        "B": "$T",
        "C": "https://$T@h",
    }
    assert secret_keys(env) == {"URL", "+URLS", "H"}


def test_secrets_reach_a_child_as_they_are_with_the_variables_around_them():
    env = {
        "A": "of-a",
        "URL": "https://me:pa$A@host/$A/${B}",
        "+LIST": ["https://me:p@host"],
        "MY_TOKEN": "$A",
        "PLAIN": "x",
    }
    found = secret_variables(env, secret_keys(env), {"B": "of-b", "LIST": "before"}, "linux")
    assert found == {
        "URL": "https://me:pa$A@host/of-a/of-b",
        "LIST": "https://me:p@host:before",
        "MY_TOKEN": "$A",
    }


def test_long_values_arrive(tmp_path: Path):
    value = "x" * 300_000
    assert shown_by_bash(export_line("VALUE", value) + "\nVALUE=${#VALUE}") == "300000"


def test_the_path_of_something_that_exists_is_itself(tmp_path):
    folder = tmp_path / "run $X here" / "back\\$X"
    folder.mkdir(parents=True)
    (folder / "m.onnx").touch()
    for path in (folder, folder / "m.onnx", folder / "new"):
        assert shown_by_bash(export_line("VALUE", str(path))) == str(path)
    assert shown_by_bash(export_line("VALUE", f"{folder}/$X/${{X}}")) == f"{folder}/of-x/of-x"
    assert shown_by_bash(export_line("VALUE", f"{tmp_path}/other $X")) == f"{tmp_path}/other of-x"
    assert shown_by_bash(export_line("+VALUE", ["/b/$X", str(folder)])) == f"/b/of-x:{folder}"


def test_such_a_path_is_itself_for_programs_without_a_shell(tmp_path):
    (tmp_path / "$X").mkdir()
    seen = process_variables({"A": f"{tmp_path}/$X/$X", "+P": [f"{tmp_path}/$X"]}, {"X": "of-x"}, "linux")
    assert (seen["A"], seen["P"]) == (f"{tmp_path}/$X/of-x", f"{tmp_path}/$X")
