"""``cm doc mlperf``: the documents of the doc plugin about a run."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cm_doc", reason="needs cm-plugin-doc")

MODEL = "def predict(batch):\n    return batch @ batch[:1].T.repeat(4, axis=1)\n"
RUN = ("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", "--duration=0.3", "--name=mine")


@pytest.fixture
def run_once(run_cm, tmp_path):
    """A run whose tests were asked for by two commands."""
    (tmp_path / "my.py").write_text(MODEL, encoding="utf-8")
    np.savez(tmp_path / "data.npz", x=np.eye(4, dtype=np.float32), y=np.arange(4))
    assert run_cm(*RUN, "--scenario=SingleStream", "--compliance=TEST04", "--json").status == 0
    assert run_cm(*RUN, "--scenario=Offline", "--mode=performance", "--quiet", "--result").status == 0


def command_of(text: str) -> list[str]:
    found = re.search(r"```bash\n(cm run mlperf .*)\n```", text)
    assert found, text
    return shlex.split(found[1])


@pytest.mark.slow
@pytest.mark.usefixtures("run_once")
def test_the_command_of_the_readme_repeats_all_tests(run_cm, tmp_path):
    text = run_cm("doc", "mlperf", "mine").stdout
    assert text.startswith("# MLPerf inference: my with python on cpu\n\nNON-OFFICIAL: ")
    words = command_of(text)
    assert words == [
        "cm",
        *RUN,
        "--scenario=Offline,SingleStream",
        "--compliance=TEST04",
        "--rerun",
    ]
    assert "at the paths in its flags: my.py:predict, data.npz." in text
    assert "| `SingleStream` |" in text
    assert "SingleStream, TEST04" in text
    assert "python==" not in text

    for name in ("my.py", "data.npz"):
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    again = run_cm(*words[1:], "--json", cwd=tmp_path / "elsewhere", env={"CM_REPOS": str(tmp_path / "new")})
    assert again.status == 0
    tests = {(test["scenario"], test["mode"]) for test in again.json()["tests"]}
    assert tests >= {
        ("SingleStream", "accuracy"),
        ("SingleStream", "performance"),
        ("SingleStream", "TEST04"),
        ("Offline", "performance"),
    }


@pytest.mark.slow
@pytest.mark.usefixtures("run_once")
def test_a_notebook_and_a_folder(run_cm, tmp_path):
    assert run_cm("doc", "mlperf", "mine", "--notebook", "--output=mine.ipynb").status == 0
    cells = json.loads((tmp_path / "mine.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "".join(cells[2]["outputs"][0]["text"]).startswith("mine: my, python ")
    path = run_cm("load", "mlperf", "mine", "--json").json()["path"]
    assert run_cm("doc", "mlperf", f"--path={path}").stdout == run_cm("doc", "mlperf", "mine").stdout


@pytest.mark.slow
@pytest.mark.usefixtures("run_once")
def test_clones_with_the_recipes_are_pulled_first(run_cm):
    record = Path(run_cm("load", "mlperf", "mine", "--json").json()["path"]) / "run.json"
    facts = json.loads(record.read_text(encoding="utf-8"))
    assert facts["repositories"] == {}
    facts["repositories"] = {"shared": "0a1b2c of https://example.org/shared.git"}
    record.write_text(json.dumps(facts), encoding="utf-8")
    text = run_cm("doc", "mlperf", "mine").stdout
    pull = "cm pull repo shared --url=https://example.org/shared.git --checkout=0a1b2c\n"
    assert text.index(pull) < text.index("cm run mlperf")
    assert text.count("## Recipe repositories") == 1


def test_what_is_no_run_has_no_command(run_cm):
    run_cm("add", "mlperf", "empty")
    outcome = run_cm("doc", "mlperf", "empty")
    assert outcome.status == 16
    assert "no installed plugin can say how to repeat the mlperf" in outcome.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("run_once")
def test_the_plugin_works_without_the_doc_plugin(run_cm):
    outcome = run_cm("find", "mlperf", "--runs", env={"CM_DISABLE_PLUGINS": "doc"})
    assert (outcome.status, outcome.stderr) == (0, "")
    assert "mine" in outcome.stdout
