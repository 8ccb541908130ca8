"""Many processes at once on a few results: each is made once, and everybody gets the right one."""

from __future__ import annotations

import json
import random

from place import Clock, Place, Tally

PROCESSES = 64
RESULTS = 8


def soak_crowd(place: Place, clock: Clock, chance: random.Random, least: int = 0) -> Tally:
    """Start processes at once until the time is over, at least some rounds."""
    tally = Tally(part="crowd")
    trace = place.folder / "trace.txt"
    place.script(
        "slow",
        f'echo "$N" >> {trace}; sleep 0.05; echo "SLOW=$N" > tmp-run-env.out',
        cache=True,
        extra_cache_tags_from_env=[{"env": "N", "prefix": "n-"}],
        new_env_keys=["SLOW"],
    )
    rounds = 0
    while rounds < least or not clock.is_over:
        rounds += 1
        trace.write_text("", encoding="utf-8")
        wanted = [f"{rounds}x{chance.randrange(RESULTS)}" for _ in range(PROCESSES)]
        lines = [("run", "script", "slow", f"--env.N={value}", "--out=json") for value in wanted]
        started = [place.start(*words) for words in lines]
        for value, words, process in zip(wanted, lines, started, strict=True):
            ended = place.wait(process, words)
            right = ended.status == 0 and json.loads(ended.out)["new_env"] == {"SLOW": value}
            tally.expect(right, f"round {rounds}, {value}", ended.text)
        made = sorted(trace.read_text(encoding="utf-8").split())
        tally.expect(made == sorted(set(wanted)), f"round {rounds}: made {made}")
        tally.count("processes", PROCESSES)
        tally.count("results", len(made))
    tally.count("rounds", rounds)
    return tally
