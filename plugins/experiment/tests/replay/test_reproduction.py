"""Documents that repeat an experiment."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("cm_doc", reason="the plugin of documents is not installed")

from cm_experiment.record.layout import read_study
from cm_experiment.replay.reproduction import reproduction

CODE = "import os; print('{\"x\": %s}' % os.environ['A'])"


def test_the_command_of_the_readme_runs_and_explores_the_same(run, run_cm, cm_session, tmp_path):
    first = run(
        sys.executable,
        "-c",
        CODE,
        "a b",
        "{{B}}",
        explore={"A": [3, 1], "B": ["p q", "r"]},
        minimize="x",
        constraint=["x > 0"],
        metric=["y=([0-9]) *}"],
        repeat="2",
        warmup="1",
        env={"Z": "1 2"},
        tags="t,u",
    )
    cm_session.close()
    done = run_cm("doc", "experiment", "tune", "--output=here.md")
    assert done.status == 0, done.stderr
    text = (tmp_path / "here.md").read_text()
    assert "4 of 4 steps finished" in text
    assert "pip install cm-" in text
    assert "| `pluggy` |" in text
    assert "| `3` | `p q` |" in text
    facts = reproduction(Path(first.data["experiment_path2"]), None, cm_session)
    words = [word if word != "tune" else "again" for word in facts.command.words]
    assert "again" not in words  # it is found by its tags
    done = run_cm(*words[1:3], "again", *words[3:])
    assert done.status == 0, done.stderr
    again = cm_session.find("experiment", "again")[0].path
    (folder,) = [path for path in again.iterdir() if path.is_dir()]
    assert read_study(folder).digest == read_study(Path(first.data["experiment_path2"])).digest


@pytest.mark.parametrize(
    "options",
    [
        {"explore": [{"A": 1}, {"A": 5}]},
        {"explore": {"A": "integers(1, 9)"}, "search": "random", "trials": "3", "seed": "4"},
        {"explore": {"A": "loguniform(1, 9)"}, "search": "random", "trials": "2", "budget": "1m"},
        {"explore": {"A": "1,2"}, "timeout": "1m"},
    ],
)
def test_other_searches(run, cm_session, options):
    first = run(sys.executable, "-c", CODE, **options)
    facts = reproduction(Path(first.data["experiment_path"]), first.data["experiment"], cm_session)
    second = cm_session.call(cm_session.understand(list(facts.command.words[1:])))
    assert [row["variables"] for row in second.data["rows"]] == [
        row["variables"] for row in first.data["rows"]
    ]


def test_a_shell_line_and_secrets(run, cm_session):
    first = run("echo $A --gh_token=abcdefgh", explore={"A": [1]})
    facts = reproduction(Path(first.data["experiment_path"]), first.data["experiment"], cm_session)
    assert facts.command.words[-2:] == ("--", "echo $A --gh_token=***")
    assert any("secrets" in warning for warning in facts.warnings)


def test_a_notebook(run, run_cm, cm_session):
    run(sys.executable, "-c", CODE, explore={"A": [3]})
    cm_session.close()
    done = run_cm("doc", "experiment", "tune", "--notebook", "--output=n.ipynb")
    assert done.status == 0, done.stderr
    cells = json.loads((run_cm.cwd / "n.ipynb").read_text())["cells"]
    assert any("'experiment'" in "".join(cell["source"]) for cell in cells)


def test_an_experiment_without_runs(run_cm):
    run_cm("add", "experiment", "empty")
    done = run_cm("doc", "experiment", "empty")
    assert done.status == 16
    assert "no run that could be repeated" in done.stderr
