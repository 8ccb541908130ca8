"""What workers say that they have read."""

import json

import pytest

from cm_mlperf.interfaces import Component
from cm_mlperf.run.sources import changed_files

CODE = """
import json, tempfile, pathlib
import numpy as np
import helper
HERE = pathlib.Path(__file__).parent
def predict(batch):
    return np.full(len(batch), helper.VALUE, dtype=np.int64)
def load():
    size = json.loads(HERE.joinpath("size.json").read_text())
    scale = np.load(HERE.parent / "elsewhere" / "scale.npy")
    with open("../elsewhere/zeros.bin", "rb") as stream:
        stream.read()
    scale = scale + np.fromfile(HERE.parent / "elsewhere" / "zeros.bin", dtype=np.float32)
    scale = scale + np.loadtxt(HERE.parent / "elsewhere" / "zero.txt", dtype=np.float32)
    HERE.joinpath("cache.txt").write_text("made here")
    HERE.joinpath("cache.txt").read_text()
    with tempfile.TemporaryFile() as stream:
        stream.read()
    return np.zeros((size, 4), dtype=np.float32) * scale, np.zeros(size, dtype=np.int64)
def score(outputs, labels):
    import late
    return late.WORTH * float((outputs == labels).mean())
"""


@pytest.fixture
def code(tmp_path):
    """User code with a module and files of its own, beside the folder in which the worker works."""
    import numpy as np

    folder = tmp_path / "code"
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir()
    np.save(tmp_path / "elsewhere" / "scale.npy", np.ones(1, dtype=np.float32))
    (tmp_path / "elsewhere" / "zeros.bin").write_bytes(bytes(4))
    (tmp_path / "elsewhere" / "zero.txt").write_text("0\n")
    (folder / "own.py").write_text(CODE)
    (folder / "helper.py").write_text("VALUE = 0\n")
    (folder / "late.py").write_text("WORTH = 100\n")
    (folder / "size.json").write_text(json.dumps(20))
    return folder


def component(code, kind, **options):
    place = {
        "PythonModel": ("backends.python", "model", "predict"),
        "FunctionData": ("datasets.function", "path", "load"),
        "UserAccuracy": ("accuracy.function", "function", "score"),
    }
    module, key, name = place[kind]
    factory = f"cm_mlperf.components.{module}:{kind}"
    return Component(name=kind, factory=factory, options={key: f"{code / 'own.py'}:{name}", **options})


def test_modules_and_files_of_user_code_are_its_sources(bench, code):
    work = bench.folder / "work"
    work.mkdir()
    data = component(code, "FunctionData")
    judge = component(
        code, "UserAccuracy", dataset=data.options["path"], source=data.factory, options={}, arguments={}
    )
    final = type(bench)(folder=work).run(
        "Offline", "accuracy", sut=component(code, "PythonModel"), dataset=data, accuracy=judge
    )
    assert final["accuracy"]["value"] == 100.0
    found = {name for name in final["sources"] if name.startswith(str(bench.folder))}
    elsewhere = ["elsewhere/scale.npy", "elsewhere/zero.txt", "elsewhere/zeros.bin"]
    names = ["code/helper.py", "code/late.py", "code/own.py", "code/size.json", *elsewhere]
    assert found == {str(bench.folder / name) for name in names}
    assert changed_files(final["sources"]) == []
    (code / "helper.py").write_text("VALUE = 1\n")
    assert changed_files(final["sources"]) == [str(code / "helper.py")]
    # Nothing of the installation: its versions are on record.
    assert not [name for name in final["sources"] if "site-packages" in name or name.startswith("/usr")]


def test_a_probe_says_which_distributions_take_part(bench):
    probe = bench.run(job="probe", seconds=0.01)["probe"]
    assert {"python", "numpy"} <= probe["distributions"].keys()
    assert {role: text.split()[0] for role, text in probe["makers"].items()} == dict.fromkeys(
        ("back end", "data set", "measurement"), "cm-plugin-mlperf"
    )
