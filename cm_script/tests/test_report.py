"""What a person and a program are told about a run."""

import subprocess

import pytest

from cm_script.report import env_lines

SCRIPTS = {
    "main": {
        "deps": [{"tags": "child", "version": "3"}, {"tags": "child"}],
        "env": {"OUT": "it's", "MY_TOKEN": "secret-value", "+LIST": ["/a", "/b"]},
        "new_env_keys": ["OUT", "MY_TOKEN", "+LIST"],
        "print_env_at_the_end": {"OUT": "the output", "MY_TOKEN": "the token"},
    },
    "child": {
        "cache": True,
        "customize.py": "def postprocess(i):\n    return {'return': 0, 'version': '3.1'}\n",
    },
}


@pytest.fixture
def ready(lab):
    lab.add(SCRIPTS)
    return lab


def test_summary_after_more_than_one_step(ready):
    ready.run("main")
    assert any("total" in message for message in ready.listener.messages)
    ready.listener.messages.clear()
    ready.run("child")
    assert not any("total" in message for message in ready.listener.messages)


def test_time_shows_each_step(ready):
    ready.run("main", time=True)
    assert sum("child" in message for message in ready.listener.messages) >= 2


def test_space(ready):
    ready.run("main", space=True)
    assert any("disk space used" in message and "MB" in message for message in ready.listener.messages)


def test_commands_of_dependencies(ready):
    data = ready.run("main", print_deps=True, fake_run=True, fake_deps=True)
    assert data["new_state"]["print_deps"] == ["cm run script --tags=child"] * 2
    assert ready.result.lines == ("cm run script --tags=child",) * 2


def test_exports_are_printed_without_secrets(ready):
    ready.run("main", print_env=True)
    assert "OUT=it's" in ready.result.lines
    assert "MY_TOKEN=***" in ready.result.lines
    assert "the output: it's" in ready.listener.text
    assert "secret-value" not in ready.listener.text
    assert env_lines({"B": [1], "A": "x"}) == ["A=x", "B=[1]"]


def test_saved_env_is_a_script_that_sets_it(ready):
    ready.run("main", save_env=True)
    file = ready.folder / "tmp-env.sh"
    assert f"wrote {file}" in ready.result.lines
    assert "secret-value" not in file.read_text()
    shown = subprocess.run(
        ["bash", "-c", f". {file}; echo $OUT $LIST"], capture_output=True, text=True, check=True
    ).stdout
    assert shown.split()[0] == "it's"
    assert shown.split()[1].startswith("/a:/b")


def test_versions(ready):
    ready.run("main", print_versions=True, dump_version_info=True)
    assert any(line.startswith("child") and line.endswith("3.1") for line in ready.result.lines)
    assert (ready.folder / "version_info.json").exists()


def test_a_program_gets_what_was_done(ready):
    data = ready.run("main")
    assert {"env", "state", "new_env", "new_state", "deps", "steps"} <= data.keys()
    assert "path" not in data
    assert ready.run("child")["path"]
    assert ready.result.data["version"] == "3.1"


def test_the_session_is_as_before_after_a_failure(ready):
    ready.add({"fails": {"run.sh": "exit 1"}}, alias="more")
    reporter, interaction = ready.session.reporter, ready.session.interaction
    with pytest.raises(Exception, match="fails"):
        ready.run("fails")
    assert (ready.session.reporter, ready.session.interaction) == (reporter, interaction)
