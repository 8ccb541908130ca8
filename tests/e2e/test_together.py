"""Many processes on one home: nothing is lost, nothing is done twice, nothing mixes."""

import json

import pytest

MANY, REPOSITORIES, TOGETHER = 20, 12, 8
# Long enough that all processes are there before the first one is ready.
SLOW = "sleep 0.7"


def assert_all_succeeded(outcomes):
    assert [(outcome.status, outcome.stderr) for outcome in outcomes if outcome.status] == []
    assert not any("Traceback" in outcome.stderr for outcome in outcomes)


def test_twenty_scripts_are_added_at_once(workshop):
    assert_all_succeeded(
        workshop.together(
            [["add", "script", f"s{number}", f"--tags=t{number},all"] for number in range(MANY)]
        )
    )
    found = workshop.cm("find", "script", "--tags=all", "--out=json").json()["list"]
    assert sorted(artifact["meta"]["alias"] for artifact in found) == sorted(
        f"s{number}" for number in range(MANY)
    )
    for number in (0, MANY - 1):
        assert workshop.cm("run", "script", f"--tags=t{number}").status == 0


def test_of_twenty_of_one_name_one_is_added(workshop):
    outcomes = workshop.together([["add", "script", "same", "--tags=same"]] * MANY)
    assert sorted(outcome.status for outcome in outcomes) == [0, *[8] * (MANY - 1)]
    assert len(workshop.cm("find", "script", "same", "--out=json").json()["list"]) == 1


def test_twelve_repositories_are_added_at_once(workshop):
    names = [f"repo-{number}" for number in range(REPOSITORIES)]
    assert_all_succeeded(workshop.together([["add", "repo", name] for name in names]))
    known = {repo["alias"] for repo in workshop.cm("find", "repo", "--out=json").json()["list"]}
    assert set(names) <= known
    registered = json.loads((workshop.home / "repos.json").read_text())
    assert len(registered) == len(set(registered)) >= REPOSITORIES
    assert_all_succeeded(
        workshop.together([["add", "script", f"{name}:in-{name}", "--tags=x"] for name in names])
    )
    assert len(workshop.cm("find", "script", "--tags=x", "--out=json").json()["list"]) == REPOSITORIES


def test_one_of_eight_makes_the_result(workshop):
    workshop.add(
        {
            "slow": {
                "cache": True,
                "run.sh": f'echo made >> "@trace"; {SLOW}; echo "OUT=$$" > tmp-run-env.out',
                "new_env_keys": ["OUT"],
            }
        }
    )
    outcomes = workshop.together([["run", "script", "slow", "--out=json"]] * TOGETHER)
    assert_all_succeeded(outcomes)
    assert workshop.trace == ["made"]
    documents = [outcome.json() for outcome in outcomes]
    assert len({document["new_env"]["OUT"] for document in documents}) == 1
    assert len({document["path"] for document in documents}) == 1
    statuses = [document["steps"][0]["status"] for document in documents]
    assert sorted(statuses) == [*["cached"] * (TOGETHER - 1), "done"]
    assert len(workshop.entries("slow")) == len(workshop.folders()) == 1


def test_a_failure_of_the_first_lets_the_next_one_try(workshop):
    run = f'echo try >> "@trace"; {SLOW}; test "$(wc -l < "@trace")" -ge 2'
    workshop.add({"slow": {"cache": True, "run.sh": run}})
    outcomes = workshop.together([["run", "script", "slow"]] * 4)
    assert sorted(outcome.status for outcome in outcomes) == [0, 0, 0, 2]
    assert workshop.trace == ["try", "try"]
    assert len(workshop.folders()) == 1


def test_eight_different_results(workshop):
    one = {
        "cache": True,
        "run.sh": 'echo "$V" >> "@trace"; echo "OUT=$V" > tmp-run-env.out',
        "new_env_keys": ["OUT"],
    }
    workshop.add({"many": {**one, "variations": {"v.#": {"env": {"V": "#"}}}}})
    outcomes = workshop.together(
        [["run", "script", f"many _v.{number}", "--out=json"] for number in range(TOGETHER)]
    )
    assert_all_succeeded(outcomes)
    numbers = [str(number) for number in range(TOGETHER)]
    assert sorted(workshop.trace) == numbers
    assert [outcome.json()["new_env"]["OUT"] for outcome in outcomes] == numbers
    assert len(workshop.entries("many")) == TOGETHER
    for number in numbers:
        again = workshop.cm("run", "script", f"many _v.{number}", "--out=json").json()
        assert (again["new_env"]["OUT"], again["steps"][0]["status"]) == (number, "cached")
    assert workshop.trace == []


@pytest.mark.parametrize("reports", ["with a lock", "without reports"])
def test_eight_runs_in_one_folder_do_not_mix(workshop, reports):
    hooks = """
def postprocess(i):
    if "ver" in i["env"].get("MODE", ""):
        with open("tmp-ver.out") as stream:
            i["env"]["VERSION"] = stream.read().strip()
    return {"return": 0}
"""
    run = 'echo "OUT=$V" > tmp-run-env.out; echo "{\\"s\\": \\"$V\\"}" > tmp-run-state.json; echo "$V" > tmp-ver.out; sleep 0.1'
    plain = 'sleep 0.1; echo "value $V"'
    workshop.add(
        {
            "main": {
                "deps": [{"tags": "leaf"}],
                "new_env_keys": ["OUT", "VERSION", "V"],
                "new_state_keys": ["s"],
            },
            "leaf": {
                "env": {"MODE": "ver" if reports == "with a lock" else ""},
                "run.sh": run if reports == "with a lock" else plain,
                "customize.py": hooks,
                "new_env_keys": ["OUT", "VERSION", "V"],
                "new_state_keys": ["s"],
            },
        }
    )
    outcomes = workshop.together(
        [["run", "script", "main", f"--env.V={number}", "-v", "--out=json"] for number in range(TOGETHER)]
    )
    assert_all_succeeded(outcomes)
    for number, outcome in enumerate(outcomes):
        document, value = outcome.json(), str(number)
        expected = {"V": value, **({"OUT": value, "VERSION": value} if reports == "with a lock" else {})}
        assert document["new_env"] == expected
        assert document["new_state"] == ({"s": value} if reports == "with a lock" else {})
        assert f"value {number}" in outcome.stderr or reports == "with a lock"


def test_dependencies_shared_by_different_scripts_are_made_once(workshop):
    scripts = {
        f"top{number}": {"tags": [f"top{number}"], "cache": True, "deps": [{"tags": "shared"}]}
        for number in range(6)
    }
    shared = {"cache": True, "run.sh": f'echo made >> "@trace"; {SLOW}'}
    workshop.add({**scripts, "shared": shared})
    assert_all_succeeded(workshop.together([["run", "script", name] for name in scripts]))
    assert workshop.trace == ["made"]
    assert len(workshop.folders()) == 7


def test_writers_readers_and_removers(workshop):
    workshop.add({"kept": {"cache": True, "variations": {"v.#": {}}, "run.sh": "echo 1 > file"}})
    lines = []
    for number in range(5):
        lines += [
            ["run", "script", f"kept _v.{number}"],
            ["find", "cache", "--tags=kept"],
            ["add", "script", f"new{number}", "--tags=new"],
            ["rm", "cache", "--tags=kept,_v.0", "-f"],
        ]
    outcomes = workshop.together(lines)
    assert not any("Traceback" in outcome.stderr for outcome in outcomes)
    allowed = {"run": {0}, "find": {0}, "add": {0}, "rm": {0, 1, 16}}
    for words, outcome in zip(lines, outcomes, strict=True):
        assert outcome.status in allowed[words[0]], (words, outcome.stderr)
    assert len(workshop.cm("find", "script", "--tags=new", "--out=json").json()["list"]) == 5
    for number in range(1, 5):
        assert workshop.cm("run", "script", f"kept _v.{number}", "--only_execute_from_cache").status == 0
    assert len(workshop.entries("kept")) == len(workshop.folders())
