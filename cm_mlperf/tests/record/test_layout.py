"""Records of a run that another version or another hand has written."""

import json
from dataclasses import replace

import pytest

from cm_core.base import DamagedError, NewerRecordError
from cm_mlperf.record.layout import RUN_FILE, TEST_FILE
from cm_mlperf.run.earlier import put_aside_outdated


def change(file, edit):
    """Edit the JSON of a file in place."""
    document = json.loads(file.read_text(encoding="utf-8"))
    edit(document)
    file.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def run(make_run):
    return make_run()


def test_keys_of_a_later_version_survive_a_change(run):
    def add_keys(document):
        document["later"] = {"a": [1]}
        document["model"]["later"] = None
        document["system"]["unknown"] = "kept, too"

    change(run.path / RUN_FILE, add_keys)
    run.write(replace(run.read(), submitter="Somebody Else"))
    written = json.loads((run.path / RUN_FILE).read_text(encoding="utf-8"))
    assert written["submitter"] == "Somebody Else"
    assert written["later"] == {"a": [1]}
    assert written["model"]["later"] is None
    assert written["system"]["unknown"] == "kept, too"


def test_a_run_of_a_newer_toolkit_is_not_replaced(run):
    another = replace(run.read(), digest="another configuration")
    change(run.path / RUN_FILE, lambda document: document.update(schema=2))
    before = sorted(run.path.rglob("*"))
    with pytest.raises(NewerRecordError, match=r"run\.json has format 2") as caught:
        put_aside_outdated(run, another)
    assert "pip install --upgrade cm-plugin-mlperf" in caught.value.hint
    assert sorted(run.path.rglob("*")) == before


def test_a_damaged_run_is_put_aside(run):
    another = replace(run.read(), digest="another configuration")
    (run.path / RUN_FILE).write_text("{", encoding="utf-8")
    with pytest.raises(DamagedError, match="it ends too early") as caught:
        run.read()
    assert "cm rm mlperf NAME" in caught.value.hint
    assert put_aside_outdated(run, another) == "had other settings"


def test_a_level_that_nobody_knows_is_named(run):
    change(run.path / RUN_FILE, lambda document: document.update(level="huge"))
    with pytest.raises(DamagedError, match="level: expected demo, short or official, got 'huge'"):
        run.read()


def test_a_wrong_number_deep_in_a_test_is_named(run):
    test = next(run.tests())
    change(
        run.test_folder(test.scenario, test.mode) / TEST_FILE,
        lambda document: document.update(histogram={"edges_ms": [0.5, "1"], "counts": [1]}),
    )
    with pytest.raises(
        DamagedError, match=r"test\.json: histogram\.edges_ms\[1\]: expected a number, got text"
    ):
        run.read_test(test.scenario, test.mode)
