"""The soak itself: its parts run, and they see what is wrong."""

import random
import sys
from pathlib import Path

import crowd
import faults
import fuzz
import kills
import pytest
from place import Clock, Ended, Place, Tally

CM = Path(sys.executable).with_name("cm")
PARTS = {
    "kills": (kills.soak_kills, 2),
    "crowd": (crowd.soak_crowd, 1),
    "fuzz": (fuzz.soak_fuzz, 4),
    "faults": (faults.soak_faults, 4),
}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "place", CM)


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_some_rounds_of_a_part_find_nothing(place, part):
    if part == "faults" and not faults.can_inject():
        pytest.skip("there is no strace")
    soak, least = PARTS[part]
    tally = soak(place, Clock(0), random.Random(7), least)
    assert tally.faults == []
    assert tally.counts


@pytest.mark.slow
def test_a_wrong_answer_is_a_fault(place):
    works = {work.name: work for work in kills.Works(place).all()}
    (place.mine / "script" / "two" / "run.sh").write_text('echo "TWO=2" > tmp-run-env.out')
    work, tally = works["run script"], Tally(part="kills")
    work.check(tally, 1, place.cm(*work.words(1)))
    assert [fault.partition("\n")[0] for fault in tally.faults] == ["another answer"]


@pytest.mark.parametrize("said", ["Traceback (most recent call last):", "CM error: internal error: KeyError"])
def test_what_only_a_programmer_understands_is_a_defect(said):
    ended = Ended(words=("run",), status=1, out="", err=said)
    assert ended.is_defect


def test_damage_changes_content_and_depends_on_the_seed_alone():
    content = b"alias: thing\ntags: [a, b]\n" * 5
    damaged = [fuzz.damage(content, random.Random(seed)) for seed in range(50)]
    assert sum(item != content for item in damaged) > 45
    assert damaged == [fuzz.damage(content, random.Random(seed)) for seed in range(50)]
