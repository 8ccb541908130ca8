"""``cm run mlperf`` from beginning to end, on a small model and small data of the tests."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from cm_core import CMError, Request
from cm_mlperf.record.layout import RunFolder


@pytest.fixture
def own(run_cm, here, quick):
    """Runs the model with further words."""

    def run(*words, **options):
        return run_cm(
            "run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", *quick, *words, **options
        )

    return run


def wait_for(file: Path, seconds: float = 60.0) -> bool:
    """Whether a file appears."""
    deadline = time.monotonic() + seconds
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    return file.is_file()


def run_folder(outcome) -> RunFolder:
    return RunFolder(Path(outcome.json()["path"]))


@pytest.mark.slow
def test_the_numbers_of_what_was_asked_for_in_one_flat_file(own, here):
    assert own("--scenario=Offline,SingleStream", "--name=mine").status == 0
    outcome = own("--scenario=SingleStream", "--name=mine", "--accuracy=my.py:score", "--result", "--json")
    numbers = json.loads((here / "cm-result.json").read_text(encoding="utf-8"))
    assert numbers.pop("run") == "mine"
    assert numbers.pop("level") == "demo"
    assert numbers == outcome.json()["metrics"]
    assert (numbers["valid"], numbers["singlestream_score"]) == (True, 50.0)
    assert numbers["singlestream_latency_ms"] > 0
    assert {key.partition("_")[0] for key in numbers} == {"valid", "singlestream"}


@pytest.mark.slow
def test_all_scenarios_of_an_own_model(own, run_cm):
    outcome = own("--json", "--name=mine")
    assert outcome.status == 0, outcome.stderr
    answer = outcome.json()
    tests = {(test["scenario"], test["mode"]): test for test in answer["tests"]}
    assert len(tests) == 8
    assert all(test["state"] == "finished" for test in tests.values())
    assert all(test["performance"]["valid"] for key, test in tests.items() if key[1] == "performance")
    assert all(test["accuracy"]["value"] == 50.0 for key, test in tests.items() if key[1] == "accuracy")
    folder = run_folder(outcome)
    assert (
        folder.path / "Offline" / "accuracy" / "accuracy.txt"
    ).read_text() == "accuracy=50.000%, good=12, total=24\n"
    record = folder.read()
    assert (record.level, record.official, record.model.name) == ("demo", False, "my")
    assert record.command[:3] == ("cm", "run", "mlperf")
    assert (folder.path / "report.html").is_file()
    shown = run_cm("load", "mlperf", "mine")
    assert "must not be called MLPerf results" in shown.stdout
    assert shown.stdout.count("  VALID ") == 4
    assert "alias: mine\n" in run_cm("load", "mlperf", "mine", "--yaml").stdout
    assert str(folder.path) in run_cm("find", "mlperf").stdout
    assert run_cm("find", "mlperf", "--runs", "--json").json()["list"][0]["alias"] == "mine"
    assert run_cm("rm", "mlperf", "mine", "--force").status == 0
    assert not folder.path.exists()


@pytest.mark.slow
def test_a_finished_test_is_not_repeated_and_rerun_keeps_old_logs(own):
    first = own("--scenario=SingleStream", "--json")
    again = own("--scenario=SingleStream,Offline", "--json")
    assert first.json()["run"] == again.json()["run"]
    before, after = ({(t["scenario"], t["mode"]): t for t in o.json()["tests"]} for o in (first, again))
    assert all(after[key]["started"] == test["started"] for key, test in before.items())
    assert ("Offline", "performance") in after
    measured = own("--scenario=SingleStream", "--mode=accuracy", "--rerun", "--json")
    folder = run_folder(measured)
    assert len(list(folder.path.glob("history/*/SingleStream/accuracy/mlperf_log_detail.txt"))) == 1
    assert (folder.path / "SingleStream" / "performance" / "test.json").is_file()


@pytest.mark.slow
def test_other_data_is_another_run(own, here):
    first = own("--scenario=SingleStream", "--mode=accuracy", "--json")
    np.savez(here / "data.npz", x=np.eye(4, dtype=np.float32), y=np.arange(4))
    second = own("--scenario=SingleStream", "--mode=accuracy", "--json")
    assert first.json()["run"] != second.json()["run"]
    assert second.json()["tests"][0]["accuracy"]["value"] == 100.0


@pytest.mark.slow
def test_a_name_holds_results_of_one_configuration(own, here):
    assert own("--scenario=Offline", "--mode=accuracy", "--name=mine").status == 0
    np.savez(here / "data.npz", x=np.eye(4, dtype=np.float32), y=np.arange(4))
    second = own("--scenario=SingleStream", "--mode=accuracy", "--name=mine", "--json")
    assert [test["scenario"] for test in second.json()["tests"]] == ["SingleStream"]
    assert "other settings" in second.stderr
    folder = run_folder(second).path
    assert len(list(folder.glob("history/*/Offline/accuracy/test.json"))) == 1
    assert not (folder / "Offline" / "accuracy").exists()


@pytest.mark.slow
def test_a_function_judges(own):
    outcome = own("--scenario=Offline", "--mode=accuracy", "--accuracy=my.py:score", "--json")
    assert outcome.json()["tests"][0]["accuracy"]["metric"] == "score"
    assert outcome.json()["tests"][0]["accuracy"]["value"] == 50.0


@pytest.mark.slow
def test_data_without_labels_is_measured_without_accuracy(own, here):
    np.save(here / "bare.npy", np.eye(4, dtype=np.float32))
    outcome = own("--dataset=bare.npy", "--scenario=Offline", "--json")
    assert [test["mode"] for test in outcome.json()["tests"]] == ["performance"]
    refused = own("--dataset=bare.npy", "--scenario=Offline", "--mode=accuracy")
    assert refused.status == 1
    assert "no accuracy function was given" in refused.stderr


def test_the_plan_is_shown_and_nothing_recorded(own, run_cm):
    outcome = own("--probe")
    assert outcome.status == 0
    assert "about" in outcome.stdout.splitlines()[-1]
    assert "find-peak" not in outcome.stdout
    assert run_cm("find", "mlperf", "--runs", "--json").json()["list"] == []


@pytest.mark.parametrize("show", ["--dry_run", "--probe"])
def test_the_plan_of_a_submission_says_what_is_missing(own, show):
    outcome = own("--scenario=Offline", "--submission", "--benchmark=resnet", "--category=edge", show)
    assert outcome.status == 1
    assert "no submitter was given" in outcome.stderr


def test_a_system_that_answers_at_once_needs_no_data_and_no_thread(cm_session, tmp_path):
    line = [
        "run",
        "mlperf",
        "--backend=null",
        "--dataset=random",
        "--scenario=Server",
        "--server_target_qps=2000",
        "--target_latency=60000",  # valid on a busy machine as well
    ]
    outcome = cm_session.call(cm_session.understand([*line, "--duration=0.2", "--json"]))
    record = outcome.data["record"]
    assert (record["model"]["name"], record["system"]["workers"]) == ("digits", 0)
    assert [(test["mode"], test["performance"]["valid"]) for test in outcome.data["tests"]] == [
        ("performance", True)
    ]


@pytest.mark.slow
def test_compliance_runs_are_as_the_performance_run(own):
    outcome = own("--scenario=SingleStream", "--compliance", "--json")
    folder = run_folder(outcome)
    for test in ("TEST01", "TEST04"):
        log = (folder.path / "SingleStream" / test / "mlperf_log_detail.txt").read_text()
        assert '"FOUND' in log or "audit.config" in log.lower() or "accuracy_log_rng_seed" in log
    answers = json.loads((folder.path / "SingleStream" / "TEST01" / "mlperf_log_accuracy.json").read_text())
    assert answers
    assert folder.read_test("SingleStream", "TEST04").performance.valid


@pytest.mark.slow
def test_a_worker_that_is_killed_from_outside(run_cm, here):
    words = ["--name=shot", "--scenario=SingleStream", "--duration=30", "--mode=performance"]
    argv = run_cm.argv("run", "mlperf", "--model=my.py:slow", "--dataset=data.npz", *words)
    process = subprocess.Popen(argv, cwd=here, env=dict(run_cm.env), stderr=subprocess.PIPE, text=True)
    folder = run_cm.home / "repos" / "local" / "mlperf" / "shot" / "SingleStream" / "performance"
    assert wait_for(folder / "mlperf_log_detail.txt")
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1, said
    assert "killed by SIGKILL" in said
    assert str(folder) in said
    record = RunFolder(run_cm.home / "repos" / "local" / "mlperf" / "shot").read_test(
        "SingleStream", "performance"
    )
    assert record.state == "failed"
    assert (folder / "mlperf_log_detail.txt").is_file()


@pytest.mark.slow
def test_a_home_that_is_read_only(run_cm, here, quick):
    run_cm.home.mkdir(exist_ok=True)
    mount = f"mount --bind {run_cm.home} {run_cm.home} && mount -o remount,ro,bind {run_cm.home}"
    try:
        subprocess.run(["unshare", "--mount", "sh", "-c", mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    argv = run_cm.argv("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", *quick)
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh", *argv],
        cwd=here,
        env=dict(run_cm.env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Read-only file system" in done.stderr
    assert str(run_cm.home) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_system_that_fails_later_keeps_what_was_finished(own, here):
    code = "import numpy as np\ncalls = 0\ndef predict(batch):\n    global calls\n    calls += 1\n"
    code += (
        "    if calls > 4000: raise RuntimeError('tired')\n    return np.zeros((len(batch), 4), np.float32)\n"
    )
    (here / "tired.py").write_text(code)
    words = ("--model=tired.py:predict", "--scenario=SingleStream", "--name=tired", "--batch_size=8")
    outcome = own(*words)
    assert outcome.status == 1
    assert "raised RuntimeError: tired (tired.py, line 6)" in outcome.stderr


@pytest.mark.slow
def test_invalid_results_say_why_and_give_status_1(own):
    outcome = own("--scenario=SingleStream", "--mode=performance", "--max_query_count=20", "--json")
    assert outcome.status == 1
    result = outcome.json()["tests"][0]["performance"]
    assert not result["valid"]
    assert result["value"] is None  # too few queries for a percentile
    assert "singlestream_latency_ms" not in outcome.json()["metrics"]
    assert "fewer queries" in result["reason"] or "minimum duration" in result["reason"]
    later = own("--scenario=Offline", "--mode=performance", "--json")
    assert later.json()["run"] == outcome.json()["run"]
    assert (later.status, later.json()["metrics"]["valid"]) == (0, True)


@pytest.mark.slow
def test_a_run_that_is_interrupted_goes_on_where_it_was(own, run_cm, here):
    words = ["--name=long", "--scenario=SingleStream", "--duration=20"]
    argv = run_cm.argv("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", *words)
    process = subprocess.Popen(argv, cwd=here, env=dict(run_cm.env), stderr=subprocess.PIPE, text=True)
    folder = RunFolder(run_cm.home / "repos" / "local" / "mlperf" / "long")
    assert wait_for(folder.path / "SingleStream" / "performance" / "mlperf_log_detail.txt")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert folder.read_test("SingleStream", "accuracy").state == "finished"
    stopped = folder.read_test("SingleStream", "performance")
    assert (stopped.state, stopped.error) == ("interrupted", "interrupted")
    outcome = own("--name=long", "--scenario=SingleStream", "--duration=0.3", "--json")
    assert outcome.status == 0
    assert list(folder.path.glob("history/*/SingleStream/performance/test.json"))
    assert run_cm("find", "mlperf", "--runs").stdout.count("long") == 2


@pytest.mark.slow
def test_two_at_once_share_one_run(run_cm, here):
    words = ["--scenario=SingleStream", "--name=both", "--duration=0.5", "--json"]
    argv = run_cm.argv("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", *words)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(argv, cwd=here, env=dict(run_cm.env), **pipes) for _ in range(2)]
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    started = [{(t["mode"], t["started"]) for t in answer["tests"]} for answer in answers]
    assert started[0] == started[1]
    assert not (Path(answers[0]["path"]) / "history").exists()


@pytest.mark.slow
def test_a_hanging_system(own, here):
    (here / "stuck.py").write_text(
        "import time\nimport numpy as np\ncalls = 0\ndef predict(batch):\n    global calls\n    calls += 1\n"
        "    if calls > 3:\n        time.sleep(100)\n    return np.zeros((len(batch), 4), np.float32)\n"
    )
    outcome = own("--model=stuck.py:predict", "--hang_timeout=2")
    assert outcome.status == 1
    assert "no progress for 2 s" in outcome.stderr


@pytest.mark.slow
def test_the_null_system(run_cm):
    outcome = run_cm(
        "run", "mlperf", "null", "--backend=null", "--scenario=Offline", "--duration=0.3", "--json"
    )
    assert outcome.status == 0, outcome.stderr
    assert outcome.json()["tests"][0]["performance"]["value"] > 1000


@pytest.mark.slow
@pytest.mark.network
def test_precision_threads_and_batch_of_the_digits_are_what_is_asked_for(run_cm):
    found = {}
    for precision in ("fp32", "int8"):
        words = (f"--precision={precision}", "--threads=1", "--batch_size=32", "--workers=2")
        outcome = run_cm("run", "mlperf", "digits", "--scenario=Offline", "--duration=0.3", *words, "--json")
        assert outcome.status == 0, outcome.stderr
        answer = outcome.json()
        accuracy = next(test["accuracy"] for test in answer["tests"] if test["accuracy"])
        assert accuracy["value"] > 95
        record = answer["record"]
        assert record["model"]["precision"] == record["model"]["weight_data_types"] == precision
        system = record["system"]
        assert (system["threads"], system["batch_size"], system["workers"]) == (1, 32, 2)
        assert list(record["probe"]["batches"]) == ["32"]
        found[answer["run"]] = record["model"]["sha256"]
    assert len(set(found.values())) == len(found) == 2


@pytest.mark.slow
def test_python_interface(cm_session, here):
    options = {"model": "my.py:predict", "dataset": "data.npz", "scenario": "Offline", "duration": "0.3"}
    result = cm_session.call(Request(action="run", automation="mlperf", options=options))
    assert result.exit_code == 0
    assert [test["mode"] for test in result.data["tests"]] == ["performance", "accuracy"]
    with pytest.raises(CMError, match="--scenario cannot be 'x'"):
        cm_session.call(Request(action="run", automation="mlperf", options={**options, "scenario": "x"}))
    assert os.environ.get("OMP_NUM_THREADS") is None


@pytest.mark.slow
def test_a_run_shows_its_steps(run_cm, here, quick, terminal):
    words = ("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", *quick, "--scenario=Offline")
    terminal.columns = 160
    lines = terminal.run(run_cm.argv(*words), env=run_cm.env, cwd=here)
    steps = [line.split("  ")[:2] for line in lines if "✓" in line]
    assert ["".join(words).strip() for words in steps] == [
        "✓ model and data",
        "✓ probe",
        "✓ Offline accuracy",
        "✓ Offline performance",
        "✓ mlperf my.py:predict",
    ]
    assert "    LoadGen prepares queries" in terminal.written
    told = run_cm(*words).stderr
    assert re.search(r"^  ✓ Offline accuracy +cached - accuracy 50", told, re.MULTILINE)
    assert "LoadGen prepares" not in told
    document = run_cm(*words, "--json")
    assert document.json()["return"] == 0
    assert "✓ mlperf my.py:predict" in document.stderr
