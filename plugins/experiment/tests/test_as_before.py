"""What is shown and written of two small studies is what it always was."""

import itertools
import random
from pathlib import Path

import pytest

from cm_core.cli import to_json_text
from cm_experiment.record.layout import Execution
from cm_report.testing import assert_as_before, shown_tables, transcript

GOLDEN = Path(__file__).with_name("golden")
CHOSEN = "--pareto=latency_ms,throughput --columns=uid,throughput,note"
NAMES = ("show", "chosen", "compare")
GOALS = {"throughput": "maximize", "latency_ms": "minimize", "accuracy": "maximize"}
RUNS = ("2026-01-31.09-58-02.863466", "2026-02-14.10-00-00.000001")
SHOW = (
    "show experiment before",
    "show experiment before --sort=-throughput,precision --limit=3",
    "show experiment before --where='accuracy > 0.965 and batch >= 4' --columns='batch,round(throughput / batch)'",
    "show experiment before --pareto=latency_ms,accuracy",
    "show experiment before --pareto=throughput,latency_ms,accuracy --sort=latency_ms",
    "show experiment before --pareto=batch:min,throughput:max,threads:min,accuracy",
    "show experiment before --where='throughput < 0'",
    "show experiment before --sort=note --columns=number,note,state",
    "show experiment before after --limit=5",
    "show experiment after --sort=-throughput.spread --limit=2",
    "show experiment before --where='acuracy > 0.965'",
    "show experiment before --sort=acuracy",
    "show experiment before --pareto=accuracy",
    "show experiment before --pareto=batch,accuracy",
    "show experiment before --pareto=precision,accuracy",
)
COMPARE = (
    "compare experiment before after",
    "compare experiment before after --metrics=throughput",
    "compare experiment before after --by=batch --metrics=latency_ms",
    "compare experiment before after --by=none --metrics=duration_s",
    "compare experiment before after --where='batch < 4'",
    "compare experiment before after --metrics=note",
    "compare experiment before before",
)


@pytest.fixture(autouse=True)
def studies(make_experiment):
    """Two studies of batch size, threads and precision; the second one is faster and was repeated."""
    make_experiment("before", single_steps(), objectives=GOALS, run=RUNS[0], constraints=("latency_ms < 40",))
    make_experiment("after", repeated_steps(), objectives=GOALS, run=RUNS[1])


def measured(batch, threads, precision, factor):
    speed = 1000 * threads**0.8 * batch**0.4 * (1.6 if precision == "int8" else 1) * factor
    accuracy = 0.97 if precision == "float32" else 0.962
    return {"throughput": speed, "latency_ms": 1000 * batch / speed, "accuracy": accuracy}


def common(number, batch, threads, precision):
    return {
        "uid": f"{number:016x}",
        "variables": {"batch": batch, "threads": threads, "precision": precision},
        "system": {"cpu": "Example CPU", "cores": 2},
        "packages": {"numpy": "1.26" if number < 100 else "2.1"},
    }


def single_steps():
    generator = random.Random(1)
    space = itertools.product((1, 2, 4, 8, 16, 32), (1, 2), ("float32", "int8"))
    steps = []
    for number, (batch, threads, precision) in enumerate(space, start=1):
        metrics = measured(batch, threads, precision, generator.gauss(1, 0.01))
        steps.append({**common(number, batch, threads, precision), "metrics": metrics})
    steps[2]["metrics"]["note"] = 'a "quoted", text\nof | two lines'
    steps[3]["metrics"]["accuracy"] = float("nan")
    steps[5] |= {"state": "failed", "exit_status": 1, "metrics": {}}
    return steps


def repeated_steps():
    generator = random.Random(2)
    steps = []
    for number, batch in enumerate((1, 2, 4, 8, 64), start=100):
        runs = []
        for _ in range(5):
            factor = generator.gauss(1.25, 0.2 if batch == 4 else 0.01)
            metrics = measured(batch, 1, "int8", factor)
            runs.append(Execution(exit_status=0, duration_s=0.4 + factor / 10, metrics=metrics))
        middle = sorted(runs, key=lambda one: one.metrics["throughput"])[2]
        spread = dict.fromkeys((*middle.metrics, "duration_s"), 0.25 * batch)
        step = {**common(number, batch, 1, "int8"), "metrics": middle.metrics, "spread": spread}
        steps.append({**step, "duration_s": middle.duration_s, "repeats": tuple(runs)})
    return steps


def test_answers(cm_session, tmp_path):
    assert_as_before(GOLDEN / "show.txt", transcript(cm_session, SHOW, tmp_path))
    assert_as_before(GOLDEN / "compare.txt", transcript(cm_session, COMPARE, tmp_path))
    for command in (SHOW[4], COMPARE[0]):
        answer = cm_session.call(cm_session.understand(command))
        name = f"{command.split()[0]}.answer.json"
        assert_as_before(GOLDEN / name, to_json_text(answer.to_mapping()))


def test_files(cm_session, tmp_path):
    files = {name: [f"{name}.{ending}" for ending in ("csv", "md", "json")] for name in NAMES}
    commands = (
        f"show experiment before after --export={','.join(files['show'])},report.html",
        f"show experiment before {CHOSEN} --export={','.join(files['chosen'])}",
        f"compare experiment before after --export={','.join(files['compare'])}",
    )
    transcript(cm_session, commands, tmp_path)
    for file in (file for several in files.values() for file in several):
        assert_as_before(GOLDEN / file, (tmp_path / file).read_bytes().decode("utf-8"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert_as_before(GOLDEN / "report.tables.txt", shown_tables(page))
