"""The files that a run leaves on request."""

import json
import shlex

import pytest

from cm_core import CMError

HOOKS = "def postprocess(i):\n    return {'return': 0, 'version': '1.5'}\n"
SCRIPTS = {
    "main": {
        "deps": [{"tags": "child"}, {"tags": "child"}],
        "input_mapping": {"a": "A"},
        "new_env_keys": ["A"],
    },
    "child": {"cache": True, "customize.py": HOOKS},
    "fails": {"deps": [{"tags": "child"}], "run.sh": "exit 3"},
}


@pytest.fixture
def ready(lab):
    lab.add(SCRIPTS)
    return lab


def read(folder, name):
    return json.loads((folder / name).read_text())


def test_repro(ready):
    ready.run(
        "main",
        repro=True,
        a="it's",
        env={"X": "1", "MY_TOKEN": "secret-value"},
        gh_token="secret-value",
        url="https://me:secret-value@example.org/a",
    )
    folder = ready.folder / "cm-repro"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        f"cm-run-script-{name}"
        for name in ("README-cm.md", "info.json", "input.json", "output.json", "run-state.json")
    ]
    assert read(folder, "cm-run-script-input.json")["a"] == "it's"
    output = read(folder, "cm-run-script-output.json")
    assert (output["return"], output["new_env"]) == (0, {"A": "it's"})
    assert read(ready.folder, "cm-output.json") == output
    state = read(folder, "cm-run-script-run-state.json")
    assert [row["version"] for row in state["version_info"]] == ["1.5"]
    assert [step["title"] for step in state["steps"]] == ["child", "child", "main"]
    for path in (*folder.iterdir(), ready.folder / "cm-output.json"):
        assert "secret-value" not in path.read_text()
    info = read(folder, "cm-run-script-info.json")
    words = shlex.split(info["command"])
    assert words[:3] == ["cm", "run", "script"]
    assert "--a=it's" in words
    assert "--env.X=1" in words
    assert info["command"] in (folder / "cm-run-script-README-cm.md").read_text()


def test_repro_of_a_failure(ready):
    with pytest.raises(CMError):
        ready.run("fails", repro=True, repro_prefix="p-", repro_dir="there")
    folder = ready.folder / "there"
    output = read(folder, "p-output.json")
    assert output["return"] == 2
    assert output["status"] == 3
    assert "fails" in output["error"]
    assert [step["status"] for step in read(folder, "p-run-state.json")["steps"]] == ["done", "failed"]


def test_repro_where_nothing_can_be_written(ready):
    (ready.folder / "cm-repro").write_text("in the way")
    with pytest.raises(CMError, match="cm-repro"):
        ready.run("main", repro=True)


def test_versions_once_each(ready):
    ready.run("main", dump_version_info=True)
    (row,) = read(ready.folder, "cm-run-script-versions.json")
    assert (row["script_alias"], row["version"]) == ("child", "1.5")
    assert row["path"]
    assert read(ready.folder, "version_info.json") == [{"child": row}]
