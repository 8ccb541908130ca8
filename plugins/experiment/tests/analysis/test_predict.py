import importlib.util
import itertools
import subprocess
import sys

import pytest

from cm_core import CMError, NotFoundError, Request, UsageError
from cm_experiment.analysis.model import Estimate, _is_geometric
from cm_experiment.analysis.predict import expected_improvement


@pytest.fixture
def predict(cm_session):
    if importlib.util.find_spec("sklearn") is None:  # most tests end before it is imported, which takes long
        pytest.skip("scikit-learn is not installed")

    def call(name, **options):
        return cm_session.call(
            Request(action="predict", automation="experiment", artifact=name, options=options)
        )

    return call


def speed(batch, threads, precision):
    return 1000 * threads**0.8 * batch**0.4 * (1.6 if precision == "int8" else 1)


@pytest.mark.slow
def test_what_has_not_run_is_predicted(make_experiment, study_steps, predict):
    make_experiment("digits", study_steps(), objectives={"throughput": "maximize"})
    answer = predict("digits", target="throughput", given="batch=12,threads=2").data
    assert answer["configurations"] == 24
    assert answer["direction"] == "max"
    assert [one["configuration"]["precision"] for one in answer["predictions"]] == ["int8", "float32"]
    for one in answer["predictions"]:
        truth = speed(**one["configuration"])
        assert one["value"] == pytest.approx(truth, rel=0.1)
        assert one["low"] < one["value"] < one["high"]
    assert answer["quality"]["explained"] > 0.95
    assert answer["quality"]["relative_error"] < 0.1
    assert answer["suggestions"] == []


@pytest.mark.slow
def test_the_error_is_that_of_steps_that_the_model_has_not_seen(make_experiment, predict):
    import random

    generator = random.Random(1)
    noise = [{"variables": {"n": n}, "metrics": {"score": generator.gauss(0, 1)}} for n in range(40)]
    make_experiment("noise", noise)
    answer = predict("noise", target="score")
    assert answer.data["quality"]["explained"] < 0.2
    if answer.data["quality"]["explained"] <= 0:
        assert any("do not rely on it" in line for line in answer.lines)


@pytest.mark.slow
def test_the_best_that_has_not_run_is_suggested(make_experiment, study_steps, predict):
    steps = [step for step in study_steps() if step["variables"]["batch"] < 32]
    space = {
        "batch": {"values": [1, 2, 4, 8, 16, 32]},
        "threads": {"values": [1, 2]},
        "precision": {"values": ["float32", "int8", "int4"]},
    }
    make_experiment("digits", steps, objectives={"throughput": "maximize"}, space=space)
    found = predict("digits", target="throughput").data["suggestions"]
    assert {one["configuration"]["batch"] for one in found} == {32}
    assert found[0]["configuration"] == {"batch": 32, "threads": 2, "precision": "int8"}
    assert [one["gain"] for one in found] == sorted((one["gain"] for one in found), reverse=True)
    lowest = predict("digits", target="throughput:min").data["suggestions"]
    assert lowest[0]["configuration"] != found[0]["configuration"]


@pytest.mark.slow
def test_ranges_of_a_study_are_searched(make_experiment, predict):
    steps = [
        {"variables": {"x": float(x), "k": k}, "metrics": {"loss": (x - 4.2) ** 2 + k + 1}}
        for x, k in itertools.product((0, 2, 6, 8, 10), (1, 2))
    ]
    space = {
        "x": {"low": 0.0, "high": 10.0, "integer": False, "log": False},
        "k": {"low": 1, "high": 2, "integer": True, "log": False},
    }
    make_experiment("bowl", steps, objectives={"loss": "minimize"}, space=space)
    best = predict("bowl", target="loss").data["suggestions"][0]["configuration"]
    assert 3 < best["x"] < 5.5
    assert best["k"] in {1, 2}


@pytest.mark.slow
def test_a_range_may_begin_at_zero(make_experiment, predict):
    steps = [{"variables": {"x": 2.0**n / 10}, "metrics": {"loss": n}} for n in range(9)]
    space = {"x": {"low": 0.0, "high": 30.0, "integer": False, "log": False}}
    make_experiment("zero", steps, space=space)
    answer = predict("zero", target="loss", given="x=0").data
    assert answer["predictions"][0]["value"] < 2
    assert 1 <= len(answer["suggestions"]) <= 3


@pytest.mark.parametrize(
    ("numbers", "geometric"),
    [
        ([1, 2, 4, 8, 16], True), ([1, 8, 64], True), ([1e-4, 1e-3, 1e-2], True),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], False), ([1, 2, 4], False), ([0, 1, 10, 100], False),
        ([0.3, 2.5, 4.1, 5.2, 7.7, 9.9], False), ([5, 5], False),
    ],
)  # fmt: skip
def test_numbers_that_are_spread_like_powers(numbers, geometric):
    assert _is_geometric(numbers) is geometric


@pytest.mark.slow
def test_values_outside_are_a_warning(make_experiment, study_steps, predict):
    make_experiment("digits", study_steps(), objectives={"throughput": "maximize"})
    answer = predict("digits", target="throughput", given={"batch": 640, "threads": 1, "precision": "int8"})
    assert len(answer.data["predictions"]) == 1
    assert answer.warnings == ("batch=640 is outside what was recorded (1 to 32)",)


def test_too_little_data(make_experiment, study_steps, predict):
    make_experiment("few", study_steps(8), objectives={"throughput": "maximize"})
    with pytest.raises(
        UsageError, match="8 configurations with 'throughput' were recorded, too few"
    ) as caught:
        predict("few", target="throughput")
    assert "at least 9" in caught.value.hint
    same = [{"variables": {"n": 1}, "metrics": {"score": value}} for value in range(50)]
    make_experiment("repeated", same)
    with pytest.raises(UsageError, match="1 configurations"):
        predict("repeated", target="score")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, UsageError, "no metric to predict was given"),
        ({"target": "precision"}, UsageError, "'precision' is text"),
        ({"target": "accuracy", "where": "precision == 'int8'"}, UsageError, "is the same in all steps"),
        ({"target": "througput"}, CMError, "no column 'througput'"),
        ({"target": "throughput", "given": "btch=1"}, NotFoundError, "no variable 'btch'"),
        ({"target": "throughput", "given": "batch=big"}, UsageError, "batch=big is not a number"),
        ({"target": "throughput", "given": "batch=nan"}, UsageError, "batch=nan is not a number"),
        ({"target": "throughput", "given": "batch=1_0"}, UsageError, "batch=1_0 is not a number"),
        ({"target": "throughput", "given": "precision=fp8"}, NotFoundError, "no step has precision=fp8"),
        ({"target": "throughput", "given": "batch"}, UsageError, "--given cannot be 'batch'"),
        (
            {"target": "throughput", "where": "threads == 1", "given": "threads=2"},
            UsageError,
            "'threads' was 1 in all steps",
        ),
    ],
)
def test_wrong_flags(make_experiment, study_steps, predict, options, error, message):
    make_experiment("digits", study_steps(), objectives={"throughput": "maximize"})
    with pytest.raises(error, match=message):
        predict("digits", **options)


def test_without_its_package_it_says_what_to_install(make_experiment, study_steps, run_cm, tmp_path):
    make_experiment("digits", study_steps(), objectives={"throughput": "maximize"})
    program = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from cm_core.cli import main; sys.argv[0] = 'cm'; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "predict", "experiment", "digits", "--target", "throughput"],
        cwd=tmp_path, env=dict(run_cm.env), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "predictions need the package scikit-learn" in done.stderr
    assert "cm-plugin-experiment[predict]" in done.stderr
    assert "Traceback" not in done.stderr


def test_expected_improvement():
    sure = Estimate(value=12, low=12, high=12, doubt=0)
    assert expected_improvement(sure, 10, lower=False) == 2
    assert expected_improvement(sure, 10, lower=True) == 0
    unsure = Estimate(value=10, low=9, high=11, doubt=1)
    assert expected_improvement(unsure, 10, lower=False) == pytest.approx(0.3989, abs=1e-4)
    worse = Estimate(value=8, low=7, high=9, doubt=1)
    assert 0 < expected_improvement(worse, 10, lower=False) < 0.01


@pytest.mark.slow
def test_the_command_line(make_experiment, study_steps, run_cm):
    pytest.importorskip("sklearn")
    make_experiment("digits", study_steps(), objectives={"throughput": "maximize"})
    done = run_cm(
        "predict", "experiment", "digits", "--target", "throughput", "--given", "batch=64,threads=2"
    )
    assert done.status == 0, done.stderr
    assert done.stdout.startswith("throughput from 24 configurations (")
    assert "9 of 10 cross-validation errors lie between" in done.stdout
    assert "batch=64 is outside what was recorded" in done.stderr
