"""The bytes of records: what is on somebody's disk was written like this, so all of it stays readable."""

import json
from pathlib import Path

import pytest

from cm_experiment.executors.contract import Task, write_task
from cm_experiment.record.layout import (
    Execution,
    Objective,
    Row,
    Step,
    Study,
    read_step,
    read_study,
    write_step,
    write_study,
)
from cm_experiment.record.rows import append_row, read_run
from cm_experiment.study.ranges import Domain

STUDY = Study(
    command=("bench", "--size={{SIZE}}", "--name=Zoë"),
    space={
        "SIZE": Domain(values=(1, 2.5, "big")).to_json(),
        "ALPHA": Domain(low=1, high=10.0, integer=False, log=True).to_json(),
    },
    search={"method": "tpe", "trials": 20, "seed": 7},
    objectives=(Objective(metric="time_s", direction="minimize"),),
    constraints=("accuracy > 0.9",),
    metric_rules={"speed": "([0-9.]+) samples/s"},
    repeat=3,
    timeout_s=60,
    tags=("demo",),
    planned=20,
    digest="0123456789abcdef",
    folder="/work",
    started=1767225600.25,
    env={"OMP_NUM_THREADS": "4"},
    record_env=("OMP_*",),
)
STUDY_BYTES = """\
{
  "format": 1,
  "command": [
    "bench",
    "--size={{SIZE}}",
    "--name=Zoë"
  ],
  "shell": false,
  "space": {
    "SIZE": {
      "values": [
        1,
        2.5,
        "big"
      ]
    },
    "ALPHA": {
      "low": 1,
      "high": 10.0,
      "integer": false,
      "log": true
    }
  },
  "search": {
    "method": "tpe",
    "trials": 20,
    "seed": 7
  },
  "objectives": [
    {
      "metric": "time_s",
      "direction": "minimize"
    }
  ],
  "constraints": [
    "accuracy > 0.9"
  ],
  "metric_rules": {
    "speed": "([0-9.]+) samples/s"
  },
  "repeat": 3,
  "warmup": 0,
  "timeout_s": 60,
  "tags": [
    "demo"
  ],
  "executor": "local",
  "planned": 20,
  "state": "running",
  "digest": "0123456789abcdef",
  "folder": "/work",
  "started": 1767225600.25,
  "env": {
    "OMP_NUM_THREADS": "4"
  },
  "record_env": [
    "OMP_*"
  ]
}
"""
STEP = Step(
    uid="00000000000000aa",
    run="2026-01-31.09-58-02.863466",
    number=1,
    state="failed",
    command=("bench", "--size=1"),
    variables={"SIZE": 1, "ALPHA": 0.5, "KIND": "a"},
    env={"OMP_NUM_THREADS": "4"},
    exit_status=137,
    reason="stopped by SIGKILL",
    started=1767225600.25,
    duration_s=0.5,
    host="n1",
    repeats=(
        Execution(exit_status=0, duration_s=0.25, warmup=True),
        Execution(exit_status=137, duration_s=0.5, metrics={"time_s": 0.5, "note": "é"}),
    ),
    metrics={"time_s": 0.5, "note": "é"},
    spread={"time_s": 0.125},
    outputs={"out.bin": "ab" * 4, "b\udc80d": ""},
    packages={"numpy": "2.0"},
    system={"cpus": 2, "memory_bytes": 8589934592, "gpus": None},
    repositories=({"alias": "local", "changed_files": 0, "commit": "abc"},),
    recipe={"alias": "bench", "uid": "00000000000000bb"},
    details={"job": 17, "cpu_s": 0.25},
)
STEP_BYTES = """\
{
  "format": 1,
  "uid": "00000000000000aa",
  "run": "2026-01-31.09-58-02.863466",
  "number": 1,
  "state": "failed",
  "command": [
    "bench",
    "--size=1"
  ],
  "shell": false,
  "variables": {
    "SIZE": 1,
    "ALPHA": 0.5,
    "KIND": "a"
  },
  "env": {
    "OMP_NUM_THREADS": "4"
  },
  "exit_status": 137,
  "reason": "stopped by SIGKILL",
  "started": 1767225600.25,
  "duration_s": 0.5,
  "host": "n1",
  "repeats": [
    {
      "exit_status": 0,
      "duration_s": 0.25,
      "metrics": {},
      "warmup": true
    },
    {
      "exit_status": 137,
      "duration_s": 0.5,
      "metrics": {
        "time_s": 0.5,
        "note": "é"
      },
      "warmup": false
    }
  ],
  "metrics": {
    "time_s": 0.5,
    "note": "é"
  },
  "spread": {
    "time_s": 0.125
  },
  "outputs": {
    "out.bin": "abababab",
    "b\\udc80d": ""
  },
  "packages": {
    "numpy": "2.0"
  },
  "system": {
    "cpus": 2,
    "memory_bytes": 8589934592,
    "gpus": null
  },
  "repositories": [
    {
      "alias": "local",
      "changed_files": 0,
      "commit": "abc"
    }
  ],
  "recipe": {
    "alias": "bench",
    "uid": "00000000000000bb"
  },
  "executor": "local",
  "details": {
    "job": 17,
    "cpu_s": 0.25
  }
}
"""
ROW = Row(
    uid="00000000000000aa",
    run="2026-01-31.09-58-02.863466",
    number=1,
    state="finished",
    variables={"SIZE": 1, "NAME": "b\udc80d"},
    metrics={"time_s": 0.5, "note": "é"},
    started=1767225600.25,
    duration_s=1,
    host="n1",
)
ROW_BYTES = (
    '\n{"uid":"00000000000000aa","run":"2026-01-31.09-58-02.863466","number":1,"state":"finished",'
    '"variables":{"SIZE":1,"NAME":"b\\udc80d"},"metrics":{"time_s":0.5,"note":"é"},'
    '"started":1767225600.25,"duration_s":1,"host":"n1","spread":{}}\n'
)
TASK_BYTES = """\
{
  "command": [
    "bench",
    "--size=1"
  ],
  "cwd": null,
  "env": {
    "A": "1"
  },
  "repeat": 1,
  "timeout_s": 60.0,
  "uid": "00000000000000aa",
  "warmup": 0
}
"""


def test_a_study(tmp_path):
    write_study(tmp_path, STUDY)
    assert (tmp_path / "cm-study.json").read_bytes().decode() == STUDY_BYTES
    assert read_study(tmp_path) == STUDY


def test_a_step(tmp_path):
    write_step(tmp_path, STEP)
    assert (tmp_path / "cm-step.json").read_bytes().decode() == STEP_BYTES
    assert read_step(tmp_path) == STEP


def test_rows(tmp_path):
    write_study(tmp_path, STUDY)
    append_row(tmp_path, ROW)
    append_row(tmp_path, ROW)
    assert (tmp_path / "cm-steps.jsonl").read_bytes().decode() == ROW_BYTES * 2
    (tmp_path / ROW.uid).mkdir()
    assert read_run(tmp_path) == [ROW]


@pytest.mark.parametrize("cwd", [None, Path("/work")])
def test_a_task(tmp_path, cwd):
    task = Task(
        uid=STEP.uid,
        folder=tmp_path,
        command=("bench", "--size=1"),
        env={"A": "1"},
        timeout_s=60.0,
        cwd=cwd,
    )
    write_task(task)
    expected = TASK_BYTES.replace('"cwd": null', f'"cwd": {json.dumps(cwd and str(cwd))}')
    assert (tmp_path / "cm-task.json").read_bytes().decode() == expected


def test_input_and_results_as_the_original_writes_them(run):
    result = run("echo", '{"time": {{A}}, "text": "é", "deep": {"b": 1}}', tags="t", explore={"A": [2]})
    folder = Path(result.data["experiment_path2"])
    assert (
        (folder / "cm-input.json").read_bytes().decode()
        == """\
{
  "tags": "t",
  "explore": {
    "A": [
      2
    ]
  },
  "action": "run",
  "automation": "experiment,a0a2d123ef064bcb",
  "artifact": "tune",
  "unparsed_cmd": [
    "echo",
    "{\\"time\\": {{A}}, \\"text\\": \\"é\\", \\"deep\\": {\\"b\\": 1}}"
  ]
}
"""
    )
    (row,) = result.data["rows"]
    (listed,) = json.loads((folder / "cm-result.json").read_bytes())
    assert (
        (folder / "cm-result.json").read_bytes().decode()
        == f"""\
[
  {{
    "A": 2,
    "time": 2,
    "text": "é",
    "deep.b": 1,
    "uid": "{row["uid"]}",
    "iso_datetime": "{listed["iso_datetime"]}"
  }}
]
"""
    )
