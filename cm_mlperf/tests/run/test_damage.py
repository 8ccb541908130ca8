"""What became of the files of an earlier run decides whether it is measured again; nothing fails for it."""

import json

import numpy as np
import pytest

from cm_core import CMError, MetaError
from cm_mlperf.record.layout import RUN_FILE, RunFolder

MODEL = "import time\ndef predict(batch):\n    time.sleep(0.001)\n    return batch\n"


@pytest.fixture
def measure(run_cm, tmp_path):
    """Runs a model under one name; the folder of the run, and whether the tests were cached."""
    (tmp_path / "my.py").write_text(MODEL, encoding="utf-8")
    np.savez(tmp_path / "data.npz", x=np.eye(4, dtype=np.float32), y=np.arange(4))
    words = ("--model=my.py:predict", "--dataset=data.npz", "--duration=0.2", "--name=one")

    def run(scenario):
        done = run_cm("run", "mlperf", *words, f"--scenario={scenario}", "--out=json")
        assert done.status == 0, done.stderr
        return RunFolder(tmp_path / done.json()["path"]), done.stderr.count(" cached ")

    return run


def damage_record(folder):
    (folder / "test.json").write_text('{"scenario": ', encoding="utf-8")


def remove_logs(folder):
    for file in folder.glob("mlperf_log_*"):
        file.unlink()


def empty_logs(folder):
    for file in folder.glob("mlperf_log_*"):
        file.write_bytes(b"")


@pytest.mark.slow
@pytest.mark.parametrize("damage", [damage_record, remove_logs, empty_logs])
def test_a_test_that_lost_its_files_is_measured_again(measure, damage):
    folder, cached = measure("SingleStream")
    damage(folder.test_folder("SingleStream", "performance"))
    folder, cached = measure("SingleStream")
    assert cached == 1
    assert folder.read_test("SingleStream", "performance").performance.valid
    assert len(list((folder.path / "history").iterdir())) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"system": None}, "system: expected a dictionary, got nothing"),
        ({"command": "cm run mlperf"}, "command: expected a list, got text"),
        ({"probe": []}, "probe: expected a dictionary, got a list"),
        ({"load_average": "high"}, "load_average: expected a number or nothing, got text"),
    ],
)
def test_wrong_types_in_a_record_are_damage(measure, change, sentence):
    folder, _ = measure("SingleStream")
    file = folder.path / RUN_FILE
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(MetaError, match=rf"run\.json: {sentence}") as caught:
        folder.read()
    assert "cm rm mlperf" in caught.value.hint


@pytest.mark.slow
def test_a_file_in_the_place_of_a_folder_is_named(measure, run_cm):
    folder, _ = measure("SingleStream")
    (folder.path / "history").touch()
    again = run_cm("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", "--duration=0.2",
                   "--name=one", "--scenario=SingleStream", "--rerun")  # fmt: skip
    assert again.status == 1
    assert f"cannot keep the logs of an earlier test in {folder.path / 'history'}" in again.stderr
    assert (folder.test_folder("SingleStream", "performance") / "mlperf_log_detail.txt").is_file()
    (folder.path / "Offline").touch()
    with pytest.raises(CMError, match=r"Offline.* cannot be read"):
        list(folder.tests())
