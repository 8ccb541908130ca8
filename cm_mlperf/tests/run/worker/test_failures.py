"""What goes wrong inside a system under test ends the run with one sentence, and the logs stay."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cm_core import CMError
from cm_mlperf.interfaces import Component
from cm_mlperf.run.runner import WorkerFailedError
from cm_mlperf.run.worker.spec import WorkerSpec

HEAD = "import os, sys, time, signal\nimport numpy as np\ncalls = 0\n"


def failing(bench, body, after=30):
    """A system that works for a while and then does something."""
    return bench.python(
        HEAD
        + "def predict(batch):\n    global calls\n    calls += 1\n"
        + f"    if calls > {after}:\n        {body}\n    return np.zeros((len(batch), 2), np.float32)\n"
    )


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param("Offline", marks=pytest.mark.slow),
        pytest.param("Server", marks=pytest.mark.slow),
        "SingleStream",
    ],
)
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("raise ValueError('bad weather')", r"raised ValueError: bad weather \(user.py, line 8\)"),
        ("sys.exit(3)", "raised SystemExit: 3"),
        ("return np.zeros((max(0, len(batch) - 1), 2), np.float32)", "gave 0 answers for 1 samples"),
    ],
)
def test_errors_of_user_code(bench, scenario, body, sentence):
    with pytest.raises(WorkerFailedError, match=sentence) as caught:
        bench.run(scenario, sut=failing(bench, body))
    assert "\n" not in caught.value.message
    assert (bench.folder / "mlperf_log_detail.txt").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("value", ["np.nan", "-np.inf"])
def test_answers_that_are_not_numbers(bench, value):
    sut = failing(bench, f"return np.full((len(batch), 2), {value}, np.float32)")
    with pytest.raises(WorkerFailedError, match="has 2 of 2 values that are NaN or infinite"):
        bench.run(sut=sut)


@pytest.mark.slow
def test_a_hanging_system_is_ended(bench):
    start = time.monotonic()
    with pytest.raises(WorkerFailedError, match="no progress for 2 s") as caught:
        bench.run(sut=failing(bench, "time.sleep(60)"), hang_s=2.0)
    assert time.monotonic() - start < 55
    assert "--hang_timeout" in caught.value.hint


@pytest.mark.slow
def test_a_hanging_system_that_holds_the_interpreter_is_ended(bench):
    with pytest.raises(WorkerFailedError, match="no progress"):
        bench.run(sut=failing(bench, "re = __import__('re'); re.match('(a*)*b', 'a' * 40)"), hang_s=2.0)


def test_a_killed_worker_says_the_signal(bench):
    with pytest.raises(WorkerFailedError, match=r"killed by SIGKILL \(137\): often out of memory"):
        bench.run(sut=failing(bench, "os.kill(os.getpid(), signal.SIGKILL)"))


def test_a_worker_that_leaves_says_where_its_words_are(bench):
    with pytest.raises(WorkerFailedError, match="exit status 7") as caught:
        bench.run(sut=failing(bench, "print('last words', flush=True); os._exit(7)"))
    assert "last words" in caught.value.hint


@pytest.mark.slow
def test_what_a_worker_started_ends_with_it(bench):
    body = "import subprocess; p = subprocess.Popen(['sleep', '300']); print('child', p.pid, flush=True); raise OSError"
    with pytest.raises(WorkerFailedError):
        bench.run(sut=failing(bench, body))
    wait_for_end(int(re.search(r"child (\d+)", bench.console)[1]))


def wait_for_end(pid):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and is_running(pid):
        time.sleep(0.05)
    assert not is_running(pid)


def is_running(pid):
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("def other(batch): ...", "there is no function 'predict'"),
        ("import no_such_module_anywhere", "no_such_module_anywhere"),
        ("def predict(batch): return 'words'", "not a numeric array: it has type <U5"),
    ],
)
def test_code_that_cannot_be_used(bench, code, sentence):
    with pytest.raises(CMError, match=sentence):
        bench.run(sut=bench.python(code))


def test_a_file_without_a_function(bench):
    data = Component(
        name="function",
        factory="cm_mlperf.components.datasets.function:FunctionData",
        options={"path": "/x/load.py"},
    )
    with pytest.raises(CMError, match=r"/x/load\.py does not name a function") as caught:
        bench.run(dataset=data)
    assert caught.value.hint == "write: /x/load.py:NAME"


def test_a_data_set_that_does_not_fit_says_both_shapes(bench, tmp_path):
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Identity", ["pixels"], ["out"])],
        "same",
        [helper.make_tensor_value_info("pixels", kind, [None, 3, 8, 8])],
        [helper.make_tensor_value_info("out", kind, [None, 3, 8, 8])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, tmp_path / "model.onnx")
    sut = Component(
        name="onnxruntime",
        factory="cm_mlperf.components.backends.onnxruntime:OnnxRuntimeModel",
        options={"model": str(tmp_path / "model.onnx")},
    )
    data = tmp_path / "data.py"
    data.write_text("import numpy as np\ndef load(): return np.zeros((5, 28, 28), np.float32)\n")
    dataset = Component(
        name="function",
        factory="cm_mlperf.components.datasets.function:FunctionData",
        options={"path": f"{data}:load"},
    )
    sentence = "expects 3 x 8 x 8 float32 values per sample, but the data set has 28 x 28 float32 values"
    with pytest.raises(WorkerFailedError, match=sentence):
        bench.run(sut=sut, dataset=dataset)


def test_what_the_worker_does_not_find_keeps_its_exit_code(bench):
    with pytest.raises(WorkerFailedError, match="no function 'nothing'") as caught:
        bench.run(sut=bench.python(HEAD, name="nothing"))
    assert caught.value.exit_code == 16


@pytest.mark.slow
def test_ctrl_c_ends_the_worker(bench):
    def interrupt(event):
        if event["event"] == "progress":
            signal.raise_signal(signal.SIGINT)

    slow = failing(bench, "time.sleep(0.001)", after=0)
    with pytest.raises(KeyboardInterrupt):
        bench.run(sut=slow, conf={"min_duration": 60_000, "target_latency": 1}, on_event=interrupt)


@pytest.mark.slow
def test_a_second_ctrl_c_leaves_no_worker(bench):
    started = []

    def interrupt(event):
        if event["event"] == "progress" and not started:
            started.append(int(re.search(r"worker (\d+)", bench.console)[1]))
            # While it is still being waited for.
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
            signal.raise_signal(signal.SIGINT)

    slow = bench.python(
        HEAD
        + "print('worker', os.getpid(), flush=True)\n"
        + "def predict(batch):\n    time.sleep(0.001)\n    return np.zeros((len(batch), 2), np.float32)\n"
    )
    with pytest.raises(KeyboardInterrupt):
        bench.run(sut=slow, conf={"min_duration": 60_000, "target_latency": 1}, on_event=interrupt)
    wait_for_end(started[0])


@pytest.mark.slow
def test_a_killed_parent_leaves_no_hanging_worker(bench):
    sut = bench.python(
        HEAD
        + "print('worker', os.getpid(), flush=True)\n"
        + "child = __import__('subprocess').Popen(['sleep', '300']).pid\n"
        + "print('child', child, flush=True)\n"
        + "def predict(batch): time.sleep(300)\n"
    )
    code = (
        "import os, pathlib, sys\n"
        "from cm_mlperf.run.runner import Surroundings, run_worker\n"
        "from cm_mlperf.run.worker.spec import read_spec\n"
        "around = Surroundings(env=dict(os.environ), cwd=pathlib.Path('.'))\n"
        "run_worker(read_spec(pathlib.Path(sys.argv[1])), around, hang_s=300, on_event=print)\n"
    )
    data = Component(name="random", factory="cm_mlperf.components.datasets.random:RandomData")
    spec = WorkerSpec(folder=str(bench.folder), job="probe", dataset=data, sut=sut).write()
    with subprocess.Popen([sys.executable, "-c", code, str(spec)]) as parent:
        deadline = time.monotonic() + 30
        while "child" not in (bench.console if (bench.folder / "console.log").is_file() else ""):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        parent.kill()
    for pid in re.findall(r"(?:worker|child) (\d+)", bench.console):
        wait_for_end(int(pid))
