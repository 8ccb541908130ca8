import random

import pytest

from cm_core import AmbiguousError, NotFoundError, Request, UsageError
from cm_experiment.record.layout import Execution
from cm_report.arithmetic import ExpressionError
from cm_report.charts import can_draw
from cm_report.testing import PageStructure


def repeated(variables, values, name="throughput", **fields):
    """A step whose command ran once for each value, after a warm-up that was far off."""
    from cm_report.statistics import median

    runs = [Execution(exit_status=0, duration_s=1.0, metrics={name: value}) for value in values]
    warmup = Execution(exit_status=0, duration_s=9.0, metrics={name: 1e9}, warmup=True)
    return {
        "variables": variables,
        "metrics": {name: median(values)},
        "spread": {name: 1.0},
        "repeats": (warmup, *runs),
        **fields,
    }


def noisy(batches, factor, seed, deviation):
    generator = random.Random(seed)
    return [
        repeated({"batch": batch}, [100 * batch * factor * generator.gauss(1, deviation) for _ in range(6)])
        for batch in batches
    ]


@pytest.fixture
def compare(cm_session):
    def call(*names, **options):
        artifact, *artifacts = names or ("",)
        return cm_session.call(
            Request(
                action="compare",
                automation="experiment",
                artifact=artifact,
                artifacts=tuple(artifacts),
                options=options,
            )
        )

    return call


def test_a_real_difference_is_told_from_noise(make_experiment, compare):
    goals = {"throughput": "maximize"}
    make_experiment("old", noisy([1, 2, 4, 8], 1.0, 1, 0.01), objectives=goals)
    make_experiment("new", noisy([2, 4, 8, 16], 1.2, 2, 0.01), objectives=goals)
    answer = compare("old", "new")
    found = answer.data["comparisons"]
    assert [one["configuration"]["batch"] for one in found] == [2, 4, 8]
    assert {one["verdict"] for one in found} == {"better"}
    assert all(one["first"]["count"] == one["second"]["count"] == 6 for one in found)
    assert all(one["relative"] == pytest.approx(0.2, abs=0.03) for one in found)
    assert all(one["low"] < one["difference"] < one["high"] for one in found)
    (overall,) = answer.data["overall"]
    assert overall["ratio"] == pytest.approx(1.2, abs=0.03)
    assert overall["low"] > 1.1
    text = "\n".join(answer.lines)
    assert "new better" in text
    assert "throughput: new is 1.197 times old over 3 configurations" in text
    assert "what differs" not in text


def test_the_noise_is_larger_than_the_difference(make_experiment, compare):
    make_experiment("old", noisy([1, 2, 4], 1.0, 3, 0.2))
    make_experiment("new", noisy([1, 2, 4], 1.01, 4, 0.2))
    answer = compare("old", "new")
    assert {one["verdict"] for one in answer.data["comparisons"]} == {"noise is larger"}
    assert "the noise is larger than the difference" in "\n".join(answer.lines)


def test_steps_that_ran_once_have_no_noise(make_experiment, compare):
    make_experiment("old", [{"variables": {"n": 1}, "metrics": {"loss": 5, "rank": 1}}])
    make_experiment("new", [{"variables": {"n": 1}, "metrics": {"loss": 6, "rank": 1}}])
    answer = compare("old", "new")
    verdicts = {one["metric"]: one["verdict"] for one in answer.data["comparisons"]}
    assert verdicts == {"loss": "worse, noise unknown", "rank": "same"}


def test_steps_of_one_configuration_are_pooled(make_experiment, compare):
    def same(values):
        return [{"variables": {"n": 1}, "metrics": {"t_ms": value}} for value in values]

    make_experiment("old", same([10, 10.1, 9.9]))
    make_experiment("new", [*same([8, 8.1, 7.9]), {**same([1])[0], "state": "failed"}])
    (one,) = compare("old", "new").data["comparisons"]
    assert (one["first"]["count"], one["second"]["count"], one["verdict"]) == (3, 3, "better")
    assert one["second"]["median"] == 8


@pytest.fixture
def one_varies(make_experiment):
    """*old* has n only; *new* has p besides, and p makes it slower."""
    steps = [{"variables": {"n": n}, "metrics": {"t_ms": n}} for n in (1, 2)]
    more = [{"variables": {"n": n, "p": p}, "metrics": {"t_ms": n * p}} for n in (1, 2) for p in (1, 3)]
    make_experiment("old", steps)
    make_experiment("new", more)


@pytest.mark.parametrize("names", [("old", "new"), ("new", "old")])
def test_values_of_a_variable_that_one_side_has_are_no_repetitions(one_varies, compare, names):
    answer = compare(*names)
    found = answer.data["comparisons"]
    assert answer.data["by"] == ["n", "p"]
    assert [tuple(one["configuration"].values()) for one in found] == [(1, 1), (1, 3), (2, 1), (2, 3)]
    assert {(one["first"]["count"], one["second"]["count"]) for one in found} == {(1, 1)}
    change = 3 if names[0] == "old" else 1 / 3
    assert [one["second"]["median"] / one["first"]["median"] for one in found] == [1, change, 1, change]
    assert answer.data["overall"] == []
    assert (
        "only new has p: each of its values is compared with all of old; choose one with --where='p == VALUE'"
        in answer.lines
    )


def test_a_condition_on_a_column_that_one_side_lacks(one_varies, compare):
    answer = compare("old", "new", where="p == 3 and n < 9")
    assert answer.data["by"] == ["n"]
    assert [one["second"]["median"] for one in answer.data["comparisons"]] == [3, 6]
    assert "old has no p, so not all of --where counts there" in answer.lines
    assert "t_ms: new is 3 times old in each of 2 configurations" in answer.lines
    assert "  variable.p: - | 3" in answer.lines
    assert len(compare("old", "new", where="n == 2 and p == 1").data["comparisons"]) == 1
    with pytest.raises(NotFoundError, match="no step of 'new' matches 'p == 5'"):
        compare("old", "new", where="p == 5")
    with pytest.raises(ExpressionError, match="no column 'q'"):
        compare("old", "new", where="n == 2 and q == 1")


def test_columns_that_one_side_lacks_may_be_named(one_varies, compare):
    assert len(compare("old", "new", by="n,p").data["comparisons"]) == 4
    pooled = compare("old", "new", by="n")
    assert [one["second"]["count"] for one in pooled.data["comparisons"]] == [2, 2]
    assert "values of p count as repetitions, since --by leaves them out" in pooled.lines


def test_commands_are_the_same_when_they_are(make_experiment, compare):
    steps = [{"variables": {"n": n}, "metrics": {"t": n}} for n in (1, 2)]
    for name, word in (("one", "$n"), ("two", "$((n*3))"), ("three", "$n")):
        make_experiment(name, steps, command=("bash", "-c", f"echo {word}"))
    make_experiment("four", steps, command=("bash", "-c", "echo $n"), metric_rules={"t": "(.*)"})
    assert "  command.line: bash -c 'echo $n' | bash -c 'echo $((n*3))'" in compare("one", "two").lines
    assert "system, versions and commands are the same" in compare("one", "three").lines
    assert "  command.pattern of t: - | (.*)" in compare("one", "four").lines


def test_without_a_study_programs_are_compared(make_experiment, compare, cm_session):
    for name in ("one", "two"):
        make_experiment(name, [{"metrics": {"t": 1}, "command": (name, "--same")}], command=(name, "--same"))
    assert "  command.line: one --same | two --same" in compare("one", "two").lines
    (study,) = cm_session.find("experiment", "one")[0].path.glob("*/cm-study.json")
    study.write_text("{")
    assert "  command.program: one | two" in compare("one", "two").lines


def test_one_ratio_everywhere_is_no_certainty(make_experiment, compare):
    for name, factor in (("old", 1.0), ("new", 0.3)):
        make_experiment(name, [{"variables": {"n": n}, "metrics": {"t": n * factor}} for n in (1, 3, 7, 11)])
    answer = compare("old", "new")
    assert "t: new is 0.3 times old in each of 4 configurations" in answer.lines
    (one,) = answer.data["overall"]
    assert (one["low"], one["high"]) == (None, None)


def test_what_differs_in_system_and_versions(make_experiment, compare):
    def steps(cpu, numpy, commit):
        return [
            {
                "variables": {"n": 1},
                "metrics": {"t": 1.0},
                "system": {"cpu": cpu, "cores": 2},
                "packages": {"numpy": numpy},
                "repositories": ({"alias": "recipes", "commit": commit},),
                "env": {"n": "1", "OMP_NUM_THREADS": "2"},
            }
        ]

    make_experiment("old", steps("slow", "1.26", "aaa"))
    make_experiment("new", steps("fast", "2.1", "bbb"))
    answer = compare("old", "new")
    differing = {one["fact"]: (one["first"], one["second"]) for one in answer.data["differences"]}
    assert differing == {
        "system.cpu": (("slow",), ("fast",)),
        "packages.numpy": (("1.26",), ("2.1",)),
        "repositories.recipes": (("aaa",), ("bbb",)),
    }
    assert "  packages.numpy: 1.26 | 2.1" in answer.lines


def test_without_metrics_durations_are_compared(make_experiment, compare):
    make_experiment("old", [{"variables": {"n": 1}, "duration_s": 2.0}])
    make_experiment("new", [{"variables": {"n": 1}, "duration_s": 1.0}])
    (one,) = compare("old", "new").data["comparisons"]
    assert (one["metric"], one["first"]["median"], one["verdict"]) == (
        "duration_s",
        2,
        "better, noise unknown",
    )


def test_durations_of_executions_beside_metrics(make_experiment, compare):
    for name, duration in (("old", 1.0), ("new", 2.0)):
        runs = tuple(
            Execution(exit_status=0, duration_s=duration + part / 100, metrics={"t": 1}) for part in range(4)
        )
        step = {"variables": {"n": 1}, "metrics": {"t": 1}, "spread": {"t": 0.0}, "repeats": runs}
        make_experiment(name, [step])
    assert [one["metric"] for one in compare("old", "new").data["comparisons"]] == ["t"]
    (one,) = compare("old", "new", metrics="duration_s").data["comparisons"]
    assert (one["first"]["count"], one["verdict"]) == (4, "worse")


def test_nothing_in_common(make_experiment, compare):
    make_experiment("old", [{"variables": {"n": 1}, "metrics": {"t": 1}}])
    make_experiment("new", [{"variables": {"n": 2}, "metrics": {"t": 2}}])
    make_experiment("other", [{"metrics": {"u": 2, "name": "x"}, "duration_s": 0.0}])
    with pytest.raises(UsageError, match="no configuration of n in common") as caught:
        compare("old", "new")
    assert "--by=none" in caught.value.hint
    (one,) = compare("old", "new", by="none").data["comparisons"]
    assert one["configuration"] == {}
    with pytest.raises(UsageError, match="no metric in common"):
        compare("old", "other", by="none")


def test_two_runs_of_one_experiment(make_experiment, compare):
    for run, value in (("2026-01-31.09-00-00.000001", 1), ("2026-02-01.09-00-00.000001", 2)):
        steps = [{"variables": {"n": 1}, "metrics": {"t": value}}]
        make_experiment("both", steps, run=run)
    found = compare("both/2026-01", "both/2026-02-01").data
    assert found["compared"] == ["both/2026-01-31.09-00-00.000001", "both/2026-02-01.09-00-00.000001"]
    (one,) = found["comparisons"]
    assert (one["first"]["median"], one["second"]["median"]) == (1, 2)
    with pytest.raises(AmbiguousError, match="2 runs of 'both' start with '2026'"):
        compare("both/2026", "both/2026-02")
    with pytest.raises(NotFoundError, match="'both' has no run '2027'") as caught:
        compare("both/2027", "both")
    assert "2026-01-31" in caught.value.hint
    assert compare("both", "both/2026-02").data["comparisons"][0]["first"]["count"] == 2


def test_two_are_needed(make_experiment, compare):
    make_experiment("old", [{"variables": {"n": 1}, "metrics": {"t": 1}}])
    for names in ((), ("old",)):
        with pytest.raises(UsageError, match="needs two experiments, not 1") as caught:
            compare(*names)
        assert caught.value.hint.startswith("use: cm compare experiment A B")
    with pytest.raises(UsageError, match="both are 'old'"):
        compare("old", "old")
    with pytest.raises(NotFoundError, match="'nwe'"):
        compare("old", "nwe")
    make_experiment("new", [])
    with pytest.raises(NotFoundError, match="'new' has no steps yet"):
        compare("old", "new")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"metrics": "tt"}, ExpressionError, "no column 'tt'"),
        ({"metrics": "note"}, UsageError, "'note' is not a metric with numbers"),
        ({"by": "m"}, ExpressionError, "no column 'm'"),
        ({"where": "n > 5"}, NotFoundError, "no step of 'old' matches 'n > 5'"),
        ({"export": "a.xlsx"}, UsageError, "the format of 'a.xlsx' is unknown"),
    ],
)
def test_wrong_flags(make_experiment, compare, options, error, message):
    for name in ("old", "new"):
        make_experiment(name, [{"variables": {"n": 1}, "metrics": {"t": 1, "note": "x"}}])
    with pytest.raises(error, match=message):
        compare("old", "new", **options)


def test_the_page_of_a_comparison(make_experiment, compare, tmp_path):
    fields = {"system": {"cpu": "slow"}, "env": {"OMP_NUM_THREADS": "secret-2"}}
    make_experiment("old", [step | fields for step in noisy([1, 2, 4], 1.0, 1, 0.01)])
    fields = {"system": {"cpu": "/home/jane/fast"}, "env": {"OMP_NUM_THREADS": "secret-4"}}
    make_experiment("new", [step | fields for step in noisy([1, 2, 4], 1.2, 2, 0.01)])
    answer = compare("old", "new", export="compared.html,compared.csv")
    page = PageStructure((tmp_path / "compared.html").read_text(encoding="utf-8"))
    assert [attrs["id"] for attrs in page.all("table") if "id" in attrs] == ["rows"]
    table, differing = page.tables
    assert len(table) == 1 + len(answer.data["comparisons"])
    assert differing == [
        ["fact", "old", "new"],
        ["environment.OMP_NUM_THREADS", "one value", "another value"],
        ["system.cpu", "slow", "…/fast"],
    ]
    text = " ".join(page.text)
    assert "secret" not in text
    assert "1.197 times" in text
    if can_draw():
        assert page.charts == 2 * ["throughput"]
        assert {"batch=1", "batch=2", "batch=4", "better"} <= set(page.text)


def test_the_page_of_a_comparison_without_differences(make_experiment, compare, tmp_path):
    for name in ("old", "new"):
        make_experiment(name, [{"variables": {"n": 1}, "metrics": {"t": 1}}])
    compare("old", "new", export="same.html")
    page = PageStructure((tmp_path / "same.html").read_text(encoding="utf-8"))
    assert "System, versions and commands are the same." in page.text
    assert "the same" in page.text


def test_commands_that_differ_in_an_argument_are_told(make_experiment, compare, tmp_path):
    steps = [{"variables": {"n": 1}, "metrics": {"t": 1}}]
    for name, factor in (("old", "1"), ("new", "2")):
        make_experiment(name, steps, command=("python", "{{CD}}/model.py", "{{n}}", factor))
    answer = compare("old", "new", export="arguments.html")
    words = "python '{{CD}}/model.py' '{{n}}'"
    told = f"  command.line: {words} 1 | {words} 2"
    assert told in answer.lines
    assert "system, versions and commands are the same" not in answer.lines
    page = PageStructure((tmp_path / "arguments.html").read_text(encoding="utf-8"))
    assert page.tables[-1][1][0] == "command.line"


def test_a_damaged_record_falls_back_to_the_row(make_experiment, compare):
    folder = make_experiment("old", noisy([1], 1.0, 1, 0.01))
    make_experiment("new", noisy([1], 1.0, 2, 0.01))
    (record,) = folder.glob("*/*/cm-step.json")
    record.write_text("{")
    (one,) = compare("old", "new").data["comparisons"]
    assert (one["first"]["count"], one["second"]["count"]) == (1, 6)


def test_the_command_line(make_experiment, run_cm, tmp_path):
    make_experiment("throughput", noisy([1, 2], 1.0, 1, 0.01))
    make_experiment("batch", noisy([1, 2], 1.5, 2, 0.01))
    done = run_cm("compare", "experiment", "throughput", "batch", "--export", "out.csv,out.json")
    assert done.status == 0, done.stderr
    assert (tmp_path / "out.csv").read_text().startswith("batch,metric,first,first ±%,second,second ±%,")
    assert f"wrote {tmp_path / 'out.json'}" in done.stdout
    assert run_cm("compare", "experiment", "batch", "throughput", "--out=json").json()["compared"] == [
        "batch",
        "throughput",
    ]
