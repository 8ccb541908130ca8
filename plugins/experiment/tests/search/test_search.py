"""Searches that learn, and steps that are stopped early: on functions whose best point is known."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cm_core import NotFoundError, Request
from cm_experiment.record.layout import Objective, Row, read_study
from cm_experiment.search import make_search
from cm_experiment.study.objectives import violations
from cm_experiment.study.problem import Problem
from cm_experiment.study.ranges import Domain, domain_of

pytest.importorskip("optuna", reason="the extra [optuna] is not installed")

SPACE = {
    "A": domain_of("A", "range(0, 40)"),
    "B": domain_of("B", "uniform(-1, 1)"),
    "C": domain_of("C", "x,y,z"),
}


def row(point, metrics, state="finished"):
    return Row(
        uid=f"{point.number:016x}",
        run="r",
        number=point.number,
        state=state,
        variables=point.values,
        metrics=metrics,
        started=1.0,
        duration_s=0.1,
        host="here",
    )


def loss(values):
    return (values["A"] - 17) ** 2 / 100 + values["B"] ** 2 + (values["C"] != "y")


def problem(**facts):
    given = {
        "space": SPACE,
        "method": "tpe",
        "trials": 60,
        "objectives": (Objective(metric="loss", direction="minimize"),),
    }
    return Problem(**{**given, **facts})


def play(search, function, done=()):
    rows = list(done)
    while (point := search.ask()) is not None:
        rows.append(row(point, function(point.values)))
        search.tell(rows[-1])
    return rows


def test_tpe_finds_more_than_chance():
    rows = play(make_search(problem(), ()), lambda values: {"loss": loss(values)})
    assert [item.number for item in rows] == list(range(1, 61))
    random = play(make_search(problem(method="random"), ()), lambda values: {"loss": loss(values)})
    assert min(item.metrics["loss"] for item in rows) < 0.1
    late = [item.metrics["loss"] for item in rows[30:]]
    assert sum(late) / len(late) < sum(item.metrics["loss"] for item in random) / len(random) / 2


def test_a_maximum_is_the_other_way_round():
    up = problem(objectives=(Objective(metric="gain", direction="maximize"),))
    rows = play(make_search(up, ()), lambda values: {"gain": -loss(values)})
    assert max(item.metrics["gain"] for item in rows) > -0.1


def test_nsga2_spreads_over_the_front_of_two_objectives():
    two = (Objective(metric="f", direction="minimize"), Objective(metric="g", direction="minimize"))
    space = {name: domain_of(name, "uniform(-10, 10)") for name in "XYZ"}
    goal = problem(method="nsga2", objectives=two, space=space, trials=160)

    def both(values):
        rest = values["Y"] ** 2 + values["Z"] ** 2
        return {"f": values["X"] ** 2 + rest, "g": (values["X"] - 2) ** 2 + rest}

    rows = play(make_search(goal, ()), both)
    costs = [item.metrics["f"] + item.metrics["g"] for item in rows]
    assert sum(costs[-40:]) < sum(costs[:40]) / 2


def test_constraints_lead_away_from_what_is_forbidden():
    space = {"X": domain_of("X", "uniform(0, 10)")}
    goal = problem(
        space=space, constraints=("x_used < 4",), objectives=(Objective(metric="v", direction="maximize"),)
    )
    rows = play(make_search(goal, ()), lambda v: {"v": v["X"], "x_used": v["X"]})
    late = [item.variables["X"] for item in rows[30:]]
    assert sum(value < 6 for value in late) > len(late) * 0.7
    assert max(value for value in late if value < 4) > 3.5


def test_a_space_with_an_end_gives_each_point_once():
    space = {"A": Domain(values=(1, 2, 3)), "B": Domain(values=("x", "y"))}
    search = make_search(problem(space=space, trials=None), ())
    assert search.planned == 6
    rows = play(search, lambda values: {"loss": values["A"]})
    assert len({json.dumps(item.variables) for item in rows}) == len(rows) == 6


def test_a_search_goes_on_with_what_is_recorded():
    first = make_search(problem(trials=40), ())
    rows = []
    for _ in range(25):
        point = first.ask()
        rows.append(row(point, {"loss": loss(point.values)}))
        first.tell(rows[-1])
    cut = first.ask()
    rows.append(row(cut, {}, state="running"))
    rows[3] = row(type(cut)(number=4, values=rows[3].variables), {}, state="failed")
    search = make_search(problem(trials=40), rows)
    again = search.ask()
    assert (again.number, again.values) == (26, cut.values)
    search.tell(row(again, {"loss": loss(again.values)}))
    more = play(search, lambda values: {"loss": loss(values)})
    assert [item.number for item in more] == list(range(27, 41))
    late = [item.metrics["loss"] for item in more]
    assert sum(late) / len(late) < 1.5


def test_several_points_at_the_same_time_differ():
    search = make_search(problem(trials=20), ())
    points = [search.ask() for _ in range(8)]
    assert len({json.dumps(point.values) for point in points}) == 8
    for point in points:
        search.tell(row(point, {"loss": loss(point.values)}))
    assert search.ask().number == 9


def test_steps_without_the_metric_and_failed_ones_do_not_stop_the_search():
    search = make_search(problem(trials=12), ())
    for number in range(12):
        point = search.ask()
        state = ("finished", "failed", "pruned", "lost")[number % 4]
        search.tell(row(point, {"loss": 1.0} if number % 4 in (0, 2) and number else {}, state=state))
    assert search.ask() is None


@pytest.mark.parametrize(
    ("text", "metrics", "sign"),
    [
        ("p < 200", {"p": 150}, -50),
        ("p < 200", {"p": 250}, 50),
        ("p >= 200", {"p": 250}, -50),
        ("200 > p", {"p": 250}, 50),
        ("p == 1 or p == 2", {"p": 1}, -1),
        ("p == 1 or p == 2", {"p": 3}, 1),
        ("p < 200", {}, 1),
        ("p < 200", {"p": 200}, 1e-9),
    ],
)
def test_how_far_a_step_is_from_a_constraint(text, metrics, sign):
    point = type("Point", (), {"number": 1, "values": {}})
    assert violations(row(point, metrics), (text,)) == (sign,)


CURVE = """
import json, os, time
for epoch in range(1, 41):
    print(json.dumps({"epoch": epoch, "loss": int(os.environ["A"]) + 1 / epoch}), flush=True)
    time.sleep(0.1 if int(os.environ["A"]) > 5 else 0.002)
"""


def test_a_step_that_is_worse_than_most_is_stopped(cm_session):
    request = Request(
        action="run",
        automation="experiment",
        artifact="curve",
        options={"explore": {"A": [1, 2, 3, 9, 0]}, "minimize": "loss", "prune": True},
        unparsed=(sys.executable, "-c", CURVE),
    )
    result = cm_session.call(request)
    states = {row["variables"]["A"]: row["state"] for row in result.data["rows"]}
    assert states == {1: "finished", 2: "finished", 3: "finished", 9: "pruned", 0: "finished"}
    pruned = next(row for row in result.data["rows"] if row["state"] == "pruned")
    assert 0 < pruned["metrics"]["epoch"] < 40
    assert result.data["best"]["variables"] == {"A": 0}
    assert result.exit_code == 0


@pytest.mark.slow
def test_tpe_on_the_command_line_without_a_warning(run_cm):
    code = "import os; print('{\"loss\": %f}' % (float(os.environ['A']) - 3) ** 2)"
    words = ["run", "experiment", "t", "--search=tpe", "--trials", "12", "--minimize", "loss", "-j", "2"]
    done = run_cm(*words, "--", sys.executable, "-c", code, "{{A{uniform(0, 10)}}}")
    assert done.status == 0, done.stderr
    assert "warning" not in done.stderr.lower()
    assert "steps: 12 finished" in done.stdout


def test_rerun_of_a_search_that_learned_runs_the_same_points(run, cm_session):
    code = "import os; print('{\"loss\": %f}' % (float(os.environ['A']) - 3) ** 2)"
    first = run(
        sys.executable, "-c", code, "{{A{uniform(0, 10)}}}", search="tpe", minimize="loss", trials="5"
    )
    again = cm_session.call(Request(action="rerun", automation="experiment", artifact="tune"))
    points = [row["variables"] for row in again.data["rows"]]
    assert points == [row["variables"] for row in first.data["rows"]] * 2
    assert read_study(Path(first.data["experiment_path2"])).search["method"] == "tpe"


def test_a_metric_that_nobody_reports_ends_a_search_that_learns(run):
    with pytest.raises(
        NotFoundError, match="step 1 reported no number 'los', so the search cannot use it"
    ) as caught:
        run(sys.executable, "-c", CURVE, "{{A{range(9)}}}", search="tpe", minimize="los", trials="9")
    assert caught.value.hint == "did you mean 'loss'?"


def test_without_optuna_it_says_what_to_install(run_cm):
    block = "import sys; sys.modules['optuna'] = None; from cm_core.cli import main; sys.exit(main())"
    words = ["run", "experiment", "t", "--search=tpe", "--minimize=x", "--", "echo", "{{A{1,2}}}"]
    done = subprocess.run(
        [sys.executable, "-c", block, *words],
        env=run_cm.env,
        cwd=run_cm.cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 16
    assert "pip install 'cm-plugin-experiment[optuna]'" in done.stderr
