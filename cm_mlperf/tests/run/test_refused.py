"""``cm run mlperf`` with what cannot work: it is said before anything is measured."""

import re
import shutil
from pathlib import Path

import pytest

from cm_core import CMError


@pytest.mark.parametrize(
    ("words", "sentence", "hint"),
    [
        (["--model=nothing"], "there is no model 'nothing'", "available models: digits"),
        (["--model=digts"], "there is no model 'digts'", "'digits'"),
        (["--model=my.py"], "does not name a function", "my.py:predict"),
        (["--model=mi.py:predict"], "there is no file or folder mi.py", "'my.py'"),
        (["--model=my.py:predit"], "no function 'predit'", "'predict'"),
        (["--backend=onnx"], "there is no back end 'onnx'", "onnxruntime"),
        pytest.param(
            ["--device=rocm"],
            "no accelerator for rocm",
            "--backend=python --device=cpu",
            marks=pytest.mark.skipif(Path("/dev/kfd").exists(), reason="this machine has one"),
        ),
        (["--device=cudda"], "has no device 'cudda'", "use --backend="),
        (["--model=resnet50", "--device=cuda"], "has no CUDAExecutionProvider", "--device=cpu"),
        (["--model=digits", "--precision=int4"], "has no weights in int4", "fp32 or fp16 or int8"),
        (["--model=bert-99", "--precision=int8"], "has no weights in int8", "--model=bert-99-int8"),
        (["--model=digits", "--backend=python"], "cannot be run by python", "--backend=onnxruntime"),
        (["--dataset=data.npy"], "no file or folder data.npy", "'data.npz'"),
        (["--dataset=my.py:nothing"], "no function 'nothing'", ""),
        (["--dataset_options.ye=labels"], "npz has no option 'ye'", "did you mean 'y'"),
        (["--dataset_options.mean=3"], "npz has no option 'mean'", "it has: "),
        (["--accuracy=clasification"], "no accuracy 'clasification'", "'classification'"),
        (["--accuracy=classification", "--dataset=random"], "no right answers", "drop --accuracy"),
        (["--conf.min_duratoin=3"], "unknown key 'min_duratoin'", "min_duration"),
        (["--dry_run=ture"], "--dry_run=ture is neither yes nor no", "did you mean 'true'?"),
        (["--batch_size=100000000"], "--batch_size=100000000 is too large", ""),
        (["--threads=1000000"], "--threads=1000000 is too large", ""),
        (["--workers=5000"], "at most 1,024", ""),
        (["--performance_sample_count=99"], "more than the 24 samples", "=24"),
        (["--offline_target_qps=1e9", "--scenario=Offline"], "GB of memory", "too optimistic"),
        (["--server_target_qps=1e7", "--scenario=Server"], "Server cannot reach", "leave the target out"),
        (["--model=my.py:slow", "--server_target_latency=5"], "Server cannot be valid", "--scenario"),
        (["--benchmark=bert-99", "--compliance"], "no TEST04 for bert-99", "TEST01"),
        (
            ["--level=official", "--duration=", "--round=v6.0", "--model=no.onnx"],
            "seeds of v6.0, but is seeds of v6.1",
            "--round=v6.1",
        ),
        (
            ["--level=official", "--duration=", "--round=v5.1", "--model=no.onnx"],
            "seeds of v5.1, but is seeds of v6.1",
            "pip install mlcommons-loadgen==6.0.3",
        ),
        (
            ["--level=official", "--duration=", "--division=closed", "--model=retinanet", "--dataset="],
            "no benchmark 'retinanet': it was last in v6.0",
            "--round=v6.0",
        ),
        (["--benchmark=retinanet"], "no benchmark 'retinanet': it was last in v6.0", "--round=v6.0"),
        (["--model=digits", "--benchmark=resnet", "--equivalent"], "for a model of your own", "leave it out"),
        (["--benchmark=whisper"], "whisper counts tokens", "leave --benchmark out"),
        (["--benchmark=llama3.1-8b"], "llama3.1-8b counts tokens", "leave --benchmark out"),
        (["--conf.use_token_latencies=1"], "needs a system that reports its tokens", "leave it out"),
        (["--conf.Server.ttft_latency=9"], "needs a system that reports its tokens", "leave it out"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_runs(cm_session, here, quick, words, sentence, hint):
    line = ["run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", *quick, *words]
    with pytest.raises(CMError) as caught:
        cm_session.call(cm_session.understand(line))
    assert sentence in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message
    assert cm_session.find("mlperf") == []


def test_a_mistyped_flag_ends_the_command_before_it_measures_something_else(run_cm):
    outcome = run_cm("run", "mlperf", "--scenari=Server")
    assert outcome.status == 1
    assert "unknown flag --scenari; did you mean --scenario?" in outcome.stderr
    assert run_cm("find", "mlperf", "--json").json()["list"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "sentence", "hint"),
    [
        (
            ["--benchmark=resnet", "--submission", "--submitter=Me", "--system_name=x"],
            "dataset.size must be 50000, but is 24",
            "use a data set of 50000 samples",
        ),
    ],
)
def test_what_could_not_be_official_is_refused_before_ten_minutes(cm_session, here, words, sentence, hint):
    line = ["run", "mlperf", "--model=my.py:slow", "--dataset=data.npz", "--scenario=SingleStream"]
    line += ["--level=official", "--category=edge", *words]
    with pytest.raises(CMError) as caught:
        cm_session.call(cm_session.understand(line))
    assert sentence in caught.value.message
    assert hint in caught.value.hint
    assert cm_session.find("mlperf") == []


@pytest.mark.parametrize(
    ("code", "sentence", "hint"),
    [
        ("raise OSError('broken')", "raised OSError: broken (bad.py, line 2)", "the traceback is in"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL", "its logs are in"),
        ("import os; print('last words', flush=True); os._exit(9)", "exit status 9", "last words"),
        ("return None", "predict returned NoneType", "one row for each sample"),
        ("return batch[:-1] if len(batch) > 1 else batch", "gave 7 answers for 8 samples", "first axis"),
    ],
)
def test_a_system_that_fails_in_the_probe_leaves_its_logs(cm_session, here, quick, code, sentence, hint):
    (here / "bad.py").write_text(f"def predict(batch):\n    {code}\n", encoding="utf-8")
    line = ["run", "mlperf", "--model=bad.py:predict", "--dataset=data.npz", *quick]
    with pytest.raises(CMError) as caught:
        cm_session.call(cm_session.understand(line))
    assert sentence in caught.value.message
    assert hint in caught.value.hint
    for named in re.findall(r"/\S*cm-mlperf-\w+", caught.value.hint):
        assert (Path(named) / "console.log").is_file()
        shutil.rmtree(named)
    assert cm_session.find("mlperf") == []
