"""``cm run script … --executor=slurm``: one script there, its output, result and status here."""

import os
import signal
import subprocess
import time

import pytest

SCRIPTS = {
    "make-thing": {
        "tags": ["make", "thing"],
        "run.sh": 'echo making $CM_THING on $SLURMD_NODENAME; pwd > where.txt; echo "CM_MADE=$CM_THING" > tmp-run-env.out',
        "input_mapping": {"thing": "CM_THING"},
        "new_env_keys": ["CM_MADE"],
    },
    "fail-it": {"run.sh": "echo about to fail; exit 3"},
    "wait-long": {"run.sh": "echo $$ >>$ALL/begun; while [ ! -e $ALL/go ]; do sleep 0.1; done"},
}


@pytest.fixture
def recipes(make_scripts, cm_session):
    make_scripts("mine", SCRIPTS, register=cm_session)


@pytest.fixture
def run_there(run_cm, tmp_path, recipes):
    def run(*words):
        env = {"SLURM_CONF": os.environ["SLURM_CONF"], "ALL": str(tmp_path)}
        return run_cm("run", "script", *words, "--executor=slurm", env=env)

    return run


@pytest.mark.usefixtures("slurm")
def test_output_result_and_files_come_back(run_there, tmp_path):
    done = run_there("make thing", "--thing=big wheel", "--out=json")
    assert done.status == 0, done.stderr
    answer = done.json()
    assert answer["new_env"] == {"CM_MADE": "big wheel"}
    assert answer["elsewhere"]["node"] in ("n1", "n2")
    assert f"making big wheel on {answer['elsewhere']['node']}" in done.stderr
    assert (tmp_path / "where.txt").read_text().strip() == str(tmp_path)
    assert list((tmp_path / "cm-home" / "elsewhere").iterdir()) == []


@pytest.mark.usefixtures("slurm")
def test_a_failure_is_the_same_as_here(run_there, run_cm):
    here, there = run_cm("run", "script", "fail it"), run_there("fail it")
    assert there.status == here.status == 2
    assert "about to fail" in there.stdout
    assert there.stderr.count("CM error:") == 1
    assert (
        there.stderr[there.stderr.index("CM error:") :].splitlines()[0]
        == (here.stderr[here.stderr.index("CM error:") :].splitlines()[0])
    )


@pytest.mark.usefixtures("slurm")
def test_bad_requests_are_errors(run_there):
    done = run_there("no-such")
    assert (done.status, done.stderr.count("CM error:")) == (16, 1)
    done = run_there("make thing", "--slurm_partition=nowhere")
    assert done.status == 1
    assert "Slurm has no partition 'nowhere'" in done.stderr
    done = run_there("make thing", "--slurm_partition=short", "--print_job")
    assert "#SBATCH --partition=short" in done.stdout


def test_a_script_outlives_a_killed_driver(slurm, run_cm, run_there, tmp_path):
    words = ("run", "script", "wait long", "--executor=slurm")
    env = {**run_cm.env, "SLURM_CONF": os.environ["SLURM_CONF"], "ALL": str(tmp_path)}
    driver = subprocess.Popen(run_cm.argv(*words), cwd=tmp_path, env=env, stderr=subprocess.DEVNULL)
    while not (tmp_path / "begun").exists():
        time.sleep(0.1)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    (tmp_path / "go").touch()
    done = run_there("wait long")
    assert done.status == 0, done.stderr
    assert len((tmp_path / "begun").read_text().split()) == 1, "it ran once"


def test_ctrl_c_leaves_the_job_or_cancels_it(slurm, run_cm, recipes, tmp_path):
    env = {**run_cm.env, "SLURM_CONF": os.environ["SLURM_CONF"], "ALL": str(tmp_path)}

    def interrupt(*flags):
        (tmp_path / "begun").unlink(missing_ok=True)
        argv = run_cm.argv("run", "script", "wait long", "--executor=slurm", *flags)
        driver = subprocess.Popen(argv, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
        while not (tmp_path / "begun").exists():
            time.sleep(0.1)
        driver.send_signal(signal.SIGINT)
        _, said = driver.communicate(timeout=30)
        assert driver.returncode == 130
        return said

    assert "1 Slurm job continues; run the same command again" in interrupt()
    (tmp_path / "go").touch()
    assert run_cm("run", "script", "wait long", "--executor=slurm", env=env).status == 0
    (tmp_path / "go").unlink()
    assert "cancelled 1 Slurm job\n" in interrupt("--slurm_cancel")
