"""``cm run script … --executor=local``: the way of a script through an executor, without a cluster."""

import subprocess
import time

import pytest

SCRIPTS = {
    "make-thing": {
        "tags": ["make", "thing"],
        "run.sh": 'echo making $CM_THING; pwd >where.txt; echo "CM_MADE=$CM_THING" >tmp-run-env.out',
        "input_mapping": {"thing": "CM_THING"},
        "new_env_keys": ["CM_MADE"],
    },
    "fail-it": {"run.sh": "echo about to fail; exit 3"},
    "wait-long": {"run.sh": "touch $ALL/begun; while [ ! -e $ALL/go ]; do sleep 0.1; done"},
    "call-other": {"deps": [{"tags": "make,thing"}], "run.sh": "true"},
}


@pytest.fixture
def run_there(run_cm, make_scripts, cm_session):
    make_scripts("mine", SCRIPTS, register=cm_session)
    return lambda *words: run_cm("run", "script", *words, "--executor=local")


def test_output_result_and_files_are_as_here(run_there, tmp_path):
    done = run_there("make thing", "--thing=two words", "--env.MY_TOKEN=hush", "--out=json")
    assert done.status == 0, done.stderr
    assert done.json()["new_env"] == {"CM_MADE": "two words"}
    assert done.json()["elsewhere"]["host"]
    assert "making two words" in done.stderr
    assert (tmp_path / "where.txt").read_text().strip() == str(tmp_path)
    kept = [path for path in (tmp_path / "cm-home").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"hush" in path.read_bytes()]


def test_a_dry_run_submits_nothing(run_there, run_cm, tmp_path):
    assert "cm run script 'make thing'" in run_there("make thing", "--dry_run").stdout
    assert not (tmp_path / "where.txt").exists()
    refused = run_cm("run", "script", "make thing", "--executor=ssh", "--dry_run")
    assert "no machines to run on were given" in refused.stderr


def test_a_failure_is_the_same_as_here(run_there, run_cm):
    here, there = run_cm("run", "script", "fail it"), run_there("fail it")
    assert there.status == here.status == 2
    assert there.stderr.count("CM error:") == 1
    errors = [done.stderr[done.stderr.index("CM error:") :].splitlines()[0] for done in (here, there)]
    assert errors[0] == errors[1]


def test_dependencies_run_where_it_runs(run_there):
    assert run_there("call other").status == 0


def test_an_executor_that_nobody_has(run_cm, run_there):
    done = run_cm("run", "script", "make thing", "--executor=locl")
    assert done.status == 16
    assert "did you mean 'local'?" in done.stderr


def test_the_same_command_twice_at_the_same_time(run_there, run_cm, tmp_path):
    env = {**run_cm.env, "ALL": str(tmp_path)}
    argv = run_cm.argv("run", "script", "wait long", "--executor=local")
    first = subprocess.Popen(argv, cwd=tmp_path, env=env, stderr=subprocess.DEVNULL)
    while not (tmp_path / "begun").exists():
        time.sleep(0.05)
    second = run_there("wait long")
    (tmp_path / "go").touch()
    assert second.status == 8
    assert "the same command is already running" in second.stderr
    assert first.wait(30) == 0
