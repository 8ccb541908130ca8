"""kill -9 at any moment leaves a home that the next command repairs without help."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

TRIES = 12
SEED = 20261123

# Everything that a run writes: an entry of its own, one of a dependency, report files, logs, a download.
SCRIPTS = {
    "main": {
        "cache": True,
        "deps": [{"tags": "first"}, {"tags": "second"}],
        "run.sh": 'ls > seen.txt; for n in 1 2 3 4 5; do echo $n > "file-$n"; sleep 0.02; done; echo "OUT=$FIRST$SECOND" > tmp-run-env.out',
        "new_env_keys": ["OUT"],
    },
    "first": {"cache": True, "run.sh": "ls > seen.txt; echo FIRST=1 > tmp-run-env.out; sleep 0.05", "new_env_keys": ["FIRST"]},
    "second": {
        "cache": True,
        "customize.py": "def postprocess(i):\n    i['env']['SECOND'] = '2'\n    return {'return': 0, 'version': '2.0'}\n",
        "run.sh": "ls > seen.txt; sleep 0.05",
        "new_env_keys": ["SECOND"],
    },
}  # fmt: skip


def assert_healthy(workshop, makes):
    """The same request succeeds, nothing unfinished stays, index and disk agree."""
    done = workshop.cm("run", "script", "main", "--out=json")
    assert done.status == 0, done.stderr
    document = done.json()
    assert "Traceback" not in done.stderr
    assert document.get("warnings", []) == []
    assert document["new_env"] == {"OUT": "12"}
    entries = workshop.entries()
    assert sorted(entry["path"] for entry in entries) == sorted(
        str(workshop.home / "repos" / "local" / "cache" / name) for name in workshop.folders()
    )
    assert len(entries) == makes
    for entry in entries:
        folder = Path(entry["path"])
        assert "tmp" not in json.loads((folder / "_cm.json").read_text())["tags"]
        # Each result was made in a folder that was empty before, whatever a dead process had left.
        assert set((folder / "seen.txt").read_text().split()) <= {"_cm.json", "seen.txt"}
    again = workshop.cm("run", "script", "main", "--out=json").json()
    assert [step["status"] for step in again["steps"]] == ["cached"]


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("part", range(3))
def test_at_random_moments(workshop, processes, part):
    workshop.add(SCRIPTS)
    moments = random.Random(SEED + part)
    for _ in range(TRIES // 3):
        process = workshop.start("run", "script", "main")
        processes.append(process)
        time.sleep(moments.uniform(0.05, 0.6))
        kill(process)
        if workshop.cm("find", "cache", "--tags=main,-tmp", "--out=json").json()["list"]:
            workshop.cm("rm", "cache", "--tags=main", "-f")
    assert_healthy(workshop, makes=3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_at_random_moments(workshop, processes, number):
    workshop.add(SCRIPTS)
    moments = random.Random(SEED)
    for _ in range(5):
        process = workshop.start("run", "script", "main")
        processes.append(process)
        time.sleep(moments.uniform(0.1, 0.5))
        process.send_signal(number)
        process.communicate(timeout=60)
        workshop.cm("rm", "cache", "--tags=main", "-f")
    assert_healthy(workshop, makes=3)


@pytest.mark.parametrize("where", ["preprocess", "postprocess", "dependency", "native"])
def test_at_each_stage(workshop, where):
    switch = workshop.folder / "deadly"
    suicide = f"import os\nif os.path.exists({str(switch)!r}):\n        os.kill(os.getpid(), 9)\n"
    deadly = "    " + suicide.replace("\n", "\n    ").rstrip() + "\n    return {'return': 0}\n"
    scripts = {name: dict(facts) for name, facts in SCRIPTS.items()}
    if where == "native":
        scripts["main"]["run.sh"] = (
            f'{SCRIPTS["main"]["run.sh"]}; if test -e "{switch}"; then kill -9 $PPID; fi'
        )
    elif where == "dependency":
        scripts["first"]["customize.py"] = f"def preprocess(i):\n{deadly}"
    else:
        scripts["main"]["customize.py"] = f"def {where}(i):\n{deadly}"
    workshop.add(scripts)
    switch.touch()
    for _ in range(2):
        assert workshop.cm("run", "script", "main").status == -signal.SIGKILL
    left = [entry for entry in workshop.entries() if "tmp" in entry["meta"]["tags"]]
    assert left or workshop.folders() == []
    switch.unlink()
    assert_healthy(workshop, makes=3)


def test_a_killed_one_frees_who_waits(workshop, processes):
    ready, switch = workshop.folder / "ready", workshop.folder / "slow"
    run = f'echo made >> "@trace"; touch "{ready}"; while test -e "{switch}"; do sleep 0.05; done'
    workshop.add({"slow": {"cache": True, "run.sh": run}})
    switch.touch()
    first = workshop.start("run", "script", "slow")
    processes.append(first)
    while not ready.exists():
        time.sleep(0.01)
    second = workshop.start("run", "script", "slow")
    processes.append(second)
    for line in second.stderr:
        if "waiting for another process" in line:
            break
    kill(first)
    switch.unlink()
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert workshop.trace == ["made", "made"]
    assert len(workshop.entries()) == len(workshop.folders()) == 1


def test_a_killed_renewal_keeps_the_old_answer(workshop):
    switch = workshop.folder / "deadly"
    run = f'test ! -e "{switch}" || kill -9 $PPID; echo OUT=1 > tmp-run-env.out'
    workshop.add({"main": {"cache": True, "run.sh": run, "new_env_keys": ["OUT"]}})
    first = workshop.cm("run", "script", "main", "--out=json").json()
    switch.touch()
    assert workshop.cm("run", "script", "main", "--renew").status == -signal.SIGKILL
    again = workshop.cm("run", "script", "main", "--out=json").json()
    assert again["steps"][0]["status"] == "cached"
    assert again["path"] == first["path"]
    assert again["new_env"] == {"OUT": "1"}
    switch.unlink()
    assert workshop.cm("run", "script", "main", "--renew").status == 0


@pytest.mark.parametrize("words", [["add", "script", "new", "--tags=new"], ["add", "repo", "other"]])
def test_killed_while_adding(workshop, processes, words):
    moments = random.Random(SEED)
    for _ in range(5):
        process = workshop.start(*words)
        processes.append(process)
        time.sleep(moments.uniform(0.02, 0.15))
        kill(process)
    final = workshop.cm(*words)
    assert final.status in (0, 8), final.stderr
    found = workshop.cm("find", words[1], words[2], "--out=json").json()["list"]
    assert len(found) == 1
    assert "warning" not in workshop.cm("find", "script").stderr


def test_a_damaged_index_is_made_again(workshop):
    workshop.add(SCRIPTS)
    assert workshop.cm("run", "script", "main").status == 0
    for damage in (b"", b"garbage" * 1000):
        for file in workshop.home.glob("index*"):
            file.write_bytes(damage)
        assert_healthy(workshop, makes=3)
