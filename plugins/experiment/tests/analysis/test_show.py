import json

import pytest

from cm_core import NotFoundError, Request, UsageError
from cm_report.arithmetic import ExpressionError


@pytest.fixture
def study(make_experiment, study_steps):
    goals = {"throughput": "maximize", "latency_ms": "minimize", "accuracy": "maximize"}
    return make_experiment("digits", study_steps(), objectives=goals)


@pytest.fixture
def show(cm_session):
    def call(*names, **options):
        artifact, *artifacts = names or ("",)
        request = Request(
            action="show",
            automation="experiment",
            artifact=artifact,
            artifacts=tuple(artifacts),
            options=options,
        )
        return cm_session.call(request)

    return call


def test_all_steps(study, show):
    answer = show("digits")
    header, _, *rows = answer.lines
    assert header.split() == [
        "batch", "threads", "precision", "throughput", "latency_ms", "accuracy", "uid",
    ]  # fmt: skip
    assert len(rows) == answer.data["count"] == len(answer.data["rows"]) == 24
    first = answer.data["rows"][0]
    assert first["experiment"] == "digits"
    assert (first["batch"], first["threads"], first["precision"]) == (1, 1, "float32")
    assert first["started"] == "2026-01-31T09:58:03Z"


def test_filter_sort_and_limit(study, show):
    answer = show("digits", where="accuracy > 0.965 and threads == 2", sort="-throughput", limit="3")
    rows = answer.data["rows"]
    assert [row["batch"] for row in rows] == [32, 16, 8]
    assert {row["precision"] for row in rows} == {"float32"}
    assert answer.data["count"] == 6
    assert answer.lines[-1] == "6 of 24 steps; showing the first 3"


def test_columns_may_be_computed(study, show):
    answer = show(
        "digits", columns="batch,round(throughput / threads, 1),max(batch, 4)", sort="batch,-threads"
    )
    assert list(answer.data["rows"][0]) == ["batch", "round(throughput / threads, 1)", "max(batch, 4)"]
    assert answer.lines[0].split()[0] == "batch"


def test_the_front_of_three_objectives_is_what_nothing_beats(study, show):
    found = show("digits", pareto="throughput,latency_ms,accuracy").data
    assert found["objectives"] == {"throughput": "max", "latency_ms": "min", "accuracy": "max"}
    everything = show("digits").data["rows"]

    def goals(row):
        return (-row["throughput"], row["latency_ms"], -row["accuracy"])

    def beaten(row):
        return any(
            goals(other) != goals(row) and all(a <= b for a, b in zip(goals(other), goals(row), strict=True))
            for other in everything
        )

    expected = {row["uid"] for row in everything if not beaten(row)}
    assert {row["uid"] for row in found["rows"]} == expected
    assert 2 < len(expected) < 24


def test_recorded_objectives_decide_and_a_suffix_overrules_them(make_experiment, show):
    steps = [{"metrics": {"points": n, "rank": n, "strokes": n}} for n in range(3)]
    make_experiment("golf", steps, objectives={"points": "minimize", "rank": "maximize"})
    assert show("golf", pareto="points,rank").data["count"] == 3
    assert [row["points"] for row in show("golf", pareto="points:max,rank").data["rows"]] == [2]
    with pytest.raises(UsageError, match="low or a high 'strokes'") as caught:
        show("golf", pareto="points,strokes")
    assert "strokes:min" in caught.value.hint


def test_steps_that_failed_or_lack_a_value_are_on_no_front(make_experiment, show):
    steps = [
        {"metrics": {"a_ms": 1, "b_ms": 5}},
        {"metrics": {"a_ms": 0.1}},
        {"metrics": {"a_ms": 0.1, "b_ms": 0.1}, "state": "failed"},
        {"metrics": {"a_ms": 5, "b_ms": 1}},
        {"metrics": {"a_ms": 5, "b_ms": 1}},
        {"metrics": {"a_ms": 6, "b_ms": 1}},
    ]
    make_experiment("gaps", steps)
    rows = show("gaps", pareto="a_ms,b_ms").data["rows"]
    assert [row["number"] for row in rows] == [1, 4, 5]
    assert "state" in show("gaps").lines[0]
    ordered = show("gaps", sort="-b_ms").data["rows"]
    assert [row["number"] for row in ordered][-1] == 2


def test_steps_that_break_a_recorded_constraint_are_on_no_front(make_experiment, show):
    steps = [{"metrics": {"t_ms": n, "power_w": 9 - n}} for n in range(1, 9)]
    make_experiment("hot", steps, constraints=("power_w < 6", "t_ms < 8"))
    answer = show("hot", pareto="t_ms,power_w")
    assert [row["t_ms"] for row in answer.data["rows"]] == [4, 5, 6, 7]
    assert answer.lines[-1].endswith(", with power_w < 6 and t_ms < 8")


def test_the_duration_may_be_an_objective(make_experiment, show):
    steps = [{"metrics": {"t": n}, "duration_s": 5.0 - n} for n in range(3)]
    make_experiment("slow", steps, objectives={"duration_s": "minimize", "t": "minimize"})
    answer = show("slow", pareto="duration_s,t")
    assert answer.data["count"] == 3
    assert answer.lines[0].split() == ["duration_s", "t", "uid"]


def test_a_metric_of_the_name_of_a_variable(make_experiment, show):
    make_experiment("same", [{"variables": {"host": 3, "n": 2}, "metrics": {"n": 7, "state": 1}}])
    row = show("same").data["rows"][0]
    assert (row["n"], row["metric.n"], row["host"], row["state"]) == (2, 7, 3, 1)
    assert (row["step.host"], row["step.state"]) == ("here", "finished")
    assert show("same", where="metric.n == 7 and step.state == 'finished'").data["count"] == 1


def test_spread_is_a_column(make_experiment, show):
    make_experiment("noisy", [{"metrics": {"t": 5.0}, "spread": {"t": 0.5}}, {"metrics": {"t": 6.0}}])
    assert show("noisy", where="t.spread > 0.1").data["count"] == 1


def test_several_experiments(make_experiment, show):
    make_experiment("one", [{"metrics": {"t": 1}}])
    make_experiment("two", [{"metrics": {"t": 2, "u": 3}}])
    for answer in (show(), show("one", "two")):
        assert [row["experiment"] for row in answer.data["rows"]] == ["one", "two"]
        assert answer.lines[0].split()[0] == "experiment"


def test_text_in_numbers_and_missing_values_sort_last(make_experiment, show):
    make_experiment("mixed", [{"metrics": {"v": v}} for v in ("b", 2, float("nan"), "A", 1)])
    assert [row.get("v") for row in show("mixed", sort="v").data["rows"]] == [1, 2, "A", "b", None]
    assert [row.get("v") for row in show("mixed", sort="-v").data["rows"]] == ["b", "A", 2, 1, None]


def test_an_objective_that_no_step_reports(make_experiment, show):
    make_experiment("broken", [{"state": "failed", "metrics": {"t": 1}}], objectives={"t_ms": "minimize"})
    with pytest.raises(UsageError, match="no step reports the objective 't_ms'") as caught:
        show("broken", pareto="t_ms,t:min")
    assert caught.value.hint == "steps report: t"


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"where": "acuracy > 0.9"}, "no column 'acuracy'", "accuracy"),
        ({"sort": "-troughput"}, "no column 'troughput'", "throughput"),
        ({"columns": "batches"}, "no column 'batches'", "batch"),
        ({"where": "__import__('os')"}, "no such function", "functions are"),
        ({"where": "[x for x in y]"}, "is not part of the language", ""),
        ({"where": "accuracy >"}, "cannot read the expression", ""),
    ],
)
def test_wrong_expressions(study, show, options, message, hint):
    with pytest.raises(ExpressionError, match=message) as caught:
        show("digits", **options)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pareto": "latency_ms"}, "two objectives or more"),
        ({"pareto": "precision,latency_ms"}, "'precision' is text"),
        ({"limit": "many"}, "--limit=many must be a whole number, at least 0"),
        ({"pareto": True}, "--pareto needs a value"),
        ({"where": True}, "--where needs a value"),
    ],
)
def test_wrong_flags(study, show, options, message):
    with pytest.raises(UsageError, match=message):
        show("digits", **options)


def test_nothing_to_show(make_experiment, show):
    with pytest.raises(NotFoundError, match="no experiments yet"):
        show()
    make_experiment("empty", [])
    with pytest.raises(NotFoundError, match="'empty' has no steps yet"):
        show("empty")
    with pytest.raises(NotFoundError, match="no experiment matches 'emty'") as caught:
        show("emty")
    assert "'empty'" in caught.value.hint


def test_an_unreadable_step_is_a_warning_and_the_others_are_there(study, show, cm_session):
    run = next(path for path in study.iterdir() if path.is_dir())
    (run / "cm-steps.jsonl").unlink()
    victim = sorted(path for path in run.iterdir() if path.is_dir())[3]
    (victim / "cm-step.json").write_text("{ half a reco")
    answer = show("digits")
    assert answer.data["count"] == 23
    assert [str(victim) in warning for warning in answer.warnings] == [True]


def test_runs_that_the_original_recorded(make_experiment, show, tmp_path):
    folder = make_experiment("old", [])
    run = folder / "2024-05-06.07-08-09.123456"
    run.mkdir()
    results = [
        {"uid": f"{n:016x}", "iso_datetime": "2024-05-06T07:08:10", "latency_ms": n, "model.name": "m"}
        for n in (3, 1, 2)
    ]
    (run / "cm-result.json").write_text(json.dumps(results))
    answer = show("old", sort="latency_ms", export="old.html,old.csv")
    assert [row["latency_ms"] for row in answer.data["rows"]] == [1, 2, 3]
    assert show("old", where='column("model.name") == "m" and model.name == "m"').data["count"] == 3
    assert (tmp_path / "old.html").stat().st_size > 1000


def test_an_unreadable_study_is_a_warning(study, show):
    run = next(path for path in study.iterdir() if path.is_dir())
    (run / "cm-study.json").write_text("[]")
    answer = show("digits", pareto="throughput,latency_ms")
    assert answer.data["count"] > 2
    assert any("cm-study.json" in warning for warning in answer.warnings)


def test_the_command_line(study, run_cm):
    done = run_cm("show", "experiment", "digits", "--pareto", "latency_ms,accuracy", "--where", "batch == 1")
    assert done.status == 0, done.stderr
    assert "on the Pareto front of latency_ms (less is better), accuracy (more is better)" in done.stdout
    document = run_cm("show", "experiment", "digits", "--limit=2", "--out=json").json()
    assert len(document["rows"]) == 2
    bad = run_cm("show", "experiment", "digits", "--where=batch = 1")
    assert bad.status == 1
    assert "write '==' instead of '='" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_groups_of_steps(study, show, tmp_path):
    counted = show("digits", by="precision", count="rows", best="throughput", columns="batch")
    header, _, *rows = counted.lines
    assert header.split() == ["precision", "throughput", "count", "batch"]
    assert len(rows) == len(counted.data["groups"])
    best = max(row["throughput"] for row in show("digits").data["rows"])
    assert counted.data["groups"][0]["throughput"] == best
    assert sum(group["count"] for group in counted.data["groups"]) == counted.data["count"] == 24
    pivot = show("digits", by="threads", pivot="batch", limit="1", export=str(tmp_path / "groups.html"))
    assert pivot.lines[2].split()[0] == str(pivot.data["groups"][0]["threads"])
    assert "Groups of steps" in (tmp_path / "groups.html").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="--pareto shows steps and no groups"):
        show("digits", by="threads", pareto="throughput,latency_ms")


def test_a_step_that_failed_is_best_in_no_group(make_experiment, show):
    steps = [
        {"variables": {"n": 1}, "metrics": {"a_ms": 1.0}, "state": "failed"},
        {"variables": {"n": 1}, "metrics": {"a_ms": 2.0}},
    ]
    make_experiment("failing", steps)
    assert show("failing", by="n", best="a_ms").data["groups"] == [{"n": 1, "a_ms": 2.0}]
    assert show("failing", by="n").data["groups"] == [{"n": 1, "count": 2}]
