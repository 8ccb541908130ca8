"""Results of before are not given for what is there now: another file, another version of a plugin."""

import shutil

import pytest

MODEL = """
import numpy as np, helper
def predict(batch):
    return np.full(len(batch), helper.VALUE, dtype=np.int64)
def load():
    return np.zeros((64, 4), dtype=np.float32), np.zeros(64, dtype=np.int64)
"""
PLUGIN = """
from cm_core import hookimpl

cm_api_version = "1"


@hookimpl
def cm_mlperf_backends():
    from cm_mlperf import BackEnd

    return [BackEnd(name="npu", help="x", factory="acme_npu:Npu", devices=("npu",), suffixes=(".npu",))]


@hookimpl
def cm_mlperf_datasets():
    from cm_mlperf import DataSource

    return [DataSource(name="waves", help="x", factory="acme_npu:Waves", suffixes=(".waves",))]


class Npu:
    def __init__(self, model, device, threads):
        import numpy as np

        self.weights = np.loadtxt(model)

    def predict(self, inputs):
        return [inputs["x"] @ self.weights]


class Waves:
    def __init__(self, path):
        import numpy as np

        rows = np.loadtxt(path)
        self.labels, self.x = rows[:, 0].astype(int), rows[:, 1:]

    @property
    def size(self):
        return len(self.x)

    def load(self, indices):
        pass

    def unload(self, indices):
        pass

    def inputs(self, indices):
        return {"x": self.x[list(indices)]}
"""
QUICK = ("--scenario=SingleStream", "--mode=accuracy", "--duration=0.3", "--name=mine", "--json")


@pytest.mark.slow
def test_a_module_that_the_model_imports_has_changed(run_cm, tmp_path):
    (tmp_path / "own.py").write_text(MODEL)
    (tmp_path / "helper.py").write_text("VALUE = 0\n")
    words = ("run", "mlperf", "--model=own.py:predict", "--dataset=own.py:load", *QUICK)
    first = run_cm(*words)
    assert first.json()["tests"][0]["accuracy"]["value"] == 100.0, first.stderr
    again = run_cm(*words)
    assert again.json()["tests"] == first.json()["tests"]
    assert "--rerun" in again.stderr
    (tmp_path / "helper.py").write_text("VALUE = 1\n")
    changed = run_cm(*words)
    assert changed.json()["tests"][0]["accuracy"]["value"] == 0.0
    assert "mine was measured with another helper.py: its tests are in history/" in changed.stderr


@pytest.fixture
def acme(tmp_path):
    """Installs the plugin, as a folder for ``PYTHONPATH``, in a version."""
    folder = tmp_path / "acme"
    (tmp_path / "m.npu").write_text("1 0 0\n0 1 0\n0 0 1\n")
    rows = [f"{one % 3} {int(one % 3 == 0)} {int(one % 3 == 1)} {int(one % 3 == 2)}" for one in range(60)]
    (tmp_path / "d.waves").write_text("\n".join(rows))

    def install(version):
        shutil.rmtree(folder, ignore_errors=True)
        info = folder / f"acme_npu-{version}.dist-info"
        info.mkdir(parents=True)
        (folder / "acme_npu.py").write_text(PLUGIN)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-npu\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[cm]\nnpu = acme_npu\n")
        return {"PYTHONPATH": str(folder)}

    return install


@pytest.mark.slow
def test_a_plugin_that_makes_back_end_and_data_set_has_another_version(run_cm, acme):
    words = ("run", "mlperf", "--model=m.npu", "--dataset=d.waves", "--device=npu", *QUICK)
    first = run_cm(*words, env=acme("0.1.0"))
    assert first.status == 0, first.stderr
    # The data set has labels, so it is judged by them.
    assert first.json()["tests"][0]["accuracy"]["value"] == 100.0
    assert first.json()["record"]["made_by"]["back end"] == "acme-npu 0.1.0"
    # The names are those that pip installs, as the README of a submission says.
    assert {"acme-npu", "mlcommons-loadgen"} <= first.json()["record"]["versions"].keys()
    second = run_cm(*words, env=acme("0.1.1"))
    assert second.json()["record"]["digest"] != first.json()["record"]["digest"]
    assert "mine was made by acme-npu 0.1.0, now 0.1.1: its tests are in history/" in second.stderr
    assert second.json()["tests"][0]["started"] >= first.json()["tests"][0]["started"]


@pytest.mark.slow
def test_a_library_that_only_took_part_is_named_beside_the_result_of_before(run_cm, tmp_path):
    (tmp_path / "own.py").write_text(MODEL.replace("helper", "acme_lib"))
    library = tmp_path / "site-packages"
    words = ("run", "mlperf", "--model=own.py:predict", "--dataset=own.py:load", *QUICK)
    outcomes = []
    for version in ("1.0", "1.1"):
        shutil.rmtree(library, ignore_errors=True)
        info = library / f"acme_lib-{version}.dist-info"
        info.mkdir(parents=True)
        (library / "acme_lib.py").write_text("VALUE = 0\n")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-lib\nVersion: {version}\n")
        (info / "RECORD").write_text("acme_lib.py,,\n")
        outcomes.append(run_cm(*words, env={"PYTHONPATH": str(library)}))
    first, second = outcomes
    assert first.status == 0, first.stderr
    assert second.json()["tests"] == first.json()["tests"]
    assert "made with acme-lib 1.0, now 1.1" in second.stderr
