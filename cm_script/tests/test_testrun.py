"""``cm test script``: the runs that a script declares."""

import pytest

from cm_core import CMError, NotFoundError, UsageError

RUN = 'echo "$A$V" >> "@trace"; test "$A" != bad'
TESTS = {
    "tests": {
        "run_inputs": [
            {"id": "plain", "env": {"A": "1"}},
            {"env": {"A": "2"}, "variations_list": ["_v", "v,w"]},
            {"id": "boxed", "docker": True},
            {"id": "every", "test-all-variations": True},
        ]
    },
    "variations": {"v": {"env": {"V": "v"}}, "w": {}, "v,w": {"env": {"V": "vw"}}, "n.#": {}},
    "run.sh": RUN,
}


def verdicts(lab, **options):
    data = lab.run(action="test", **options)
    return [(entry["test"], entry["verdict"]) for entry in data["tests"]]


def test_everything_that_is_declared(lab):
    lab.add({"main": TESTS})
    assert verdicts(lab, artifact="main") == [
        ("plain", "passed"),
        ("1,_v", "passed"),
        ("1,_v,_w", "passed"),
        ("boxed", "skipped"),
        ("every,_v", "passed"),
        ("every,_w", "passed"),
    ]
    assert lab.trace == ["1", "2v", "2vw", "v", ""]
    assert lab.result.exit_code == 0
    assert lab.result.lines[-1] == "5 passed, 0 failed, 1 skipped"


def test_one_of_them(lab):
    lab.add({"main": TESTS})
    assert verdicts(lab, artifact="main", test_input_index="0") == [("plain", "passed")]
    assert verdicts(lab, artifact="main", test_input_index="2+")[0] == ("boxed", "skipped")
    assert verdicts(lab, artifact="main", test_input_id="plain") == [("plain", "passed")]
    assert verdicts(lab, artifact="main", test_input_id="nothing") == []
    for index in ("x", "+", "-1", "1-2", "1_0", "²"):
        with pytest.raises(UsageError, match="test_input_index"):
            verdicts(lab, artifact="main", test_input_index=index)


def test_a_failure_is_told_and_the_others_still_run(lab):
    lab.add(
        {"main": {"tests": {"run_inputs": [{"env": {"A": "bad"}}, {"env": {"A": "good"}}]}, "run.sh": RUN}}
    )
    assert verdicts(lab, artifact="main") == [("0", "failed"), ("1", "passed")]
    assert lab.result.exit_code == 1
    assert "exit status 1" in lab.result.data["tests"][0]["reason"]
    assert lab.trace == ["bad", "good"]


def test_by_tags_and_several_scripts(lab):
    inputs = {"tests": {"run_inputs": [{}]}, "run.sh": "true"}
    lab.add(
        {
            "a": {**inputs, "tags": ["x", "a"]},
            "b": {**inputs, "tags": ["x", "b"]},
            "none": {"tags": ["x", "c"]},
        }
    )
    assert len(verdicts(lab, tags="x")) == 2
    assert len(verdicts(lab, artifact="x a")) == 1
    assert verdicts(lab, artifact="none") == []
    with pytest.raises(NotFoundError):
        verdicts(lab, tags="no-such-tag")


def test_options_are_passed_on(lab):
    lab.add({"main": {"tests": {"run_inputs": [{"id": "t"}]}, "run.sh": RUN, "cache": True}})
    verdicts(lab, artifact="main", env={"A": "given"}, new=True)
    verdicts(lab, artifact="main", env={"A": "given"}, new=True)
    assert lab.trace == ["given", "given"]


@pytest.mark.parametrize(
    "tests", [None, [], {"run_inputs": None}, {"run_inputs": "x"}, {"run_inputs": ["x"]}, "x"]
)
def test_declarations_of_the_wrong_shape(lab, tests):
    lab.add({"main": {"tests": tests, "run.sh": "true"}})
    try:
        assert all(verdict == "passed" for _, verdict in verdicts(lab, artifact="main"))
    except CMError as error:
        assert "main" in str(error)  # noqa: PT017
