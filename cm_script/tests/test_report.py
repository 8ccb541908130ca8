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
    assert len(ready.listener.summaries) == 1
    ready.run("child")
    assert len(ready.listener.summaries) == 1


def test_time_shows_each_step(ready):
    ready.run("child", time=True)
    assert ready.listener.summaries == [["child"]]


def test_space(ready):
    ready.run("main", space=True)
    (said,) = [message for message in ready.listener.messages if message.startswith("disk space used: ")]
    assert said.endswith("B")


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
