"""Calls of the operating system that fail: strace lets the Nth one fail, wherever in a command that is."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence

from place import Clock, Place, Tally

# Not those by which Python itself starts.
CALLS = {
    "write": ("ENOSPC", "EIO", "EDQUOT"),
    "pwrite64": ("ENOSPC", "EIO"),
    "rename,renameat,renameat2": ("ENOSPC", "EACCES", "EIO"),
    "mkdir,mkdirat": ("ENOSPC", "EACCES", "EDQUOT"),
    "unlink,unlinkat,rmdir": ("EACCES", "EIO", "EBUSY"),
    "fsync,fdatasync": ("EIO", "ENOSPC"),
    "flock": ("ENOLCK", "EINTR"),
    "ftruncate": ("EIO",),
    "fork,vfork,clone,clone3": ("EAGAIN", "ENOMEM"),
}
# Most commands make few calls of a kind, some make many.
MOST_CALLS = (3, 8, 25)
_STRACE = "strace"


def can_inject() -> bool:
    """Whether there is a strace."""
    return shutil.which(_STRACE) is not None


def soak_faults(place: Place, clock: Clock, chance: random.Random, least: int = 0) -> Tally:
    """Let calls fail until the time is over, at least some times."""
    tally = Tally(part="faults")
    place.script(
        "thing",
        'echo "THING=$N" > tmp-run-env.out',
        cache=True,
        extra_cache_tags_from_env=[{"env": "N", "prefix": "n-"}],
        new_env_keys=["THING"],
    )
    number = 0
    while number < least or not clock.is_over:
        number += 1
        calls = chance.choice(list(CALLS))
        error, nth = chance.choice(CALLS[calls]), chance.randint(1, chance.choice(MOST_CALLS))
        rule = f"{calls}:error={error}:when={nth}"
        _one_fault(place, tally, number, rule, chance)
    return tally


def _one_fault(place: Place, tally: Tally, number: int, rule: str, chance: random.Random) -> None:
    names = ("sh", "-c", "echo '{\"score\": 1}'")
    commands: Sequence[tuple[str, ...]] = (
        ("run", "script", "thing", f"--env.N={number}"),
        ("add", "script", f"s-{number}", f"--tags=s-{number}"),
        ("run", "experiment", f"e-{number}", "--explore.A=1,2", "--", *names),
        ("rm", "cache", "--tags=thing", "-f"),
        ("update", "script", "thing", f"--meta.note=n{number}"),
    )
    words = chance.choice(commands)
    calls, trace = rule.partition(":")[0], place.folder / "trace.txt"
    strace = (_STRACE, "-f", "-qq", "-o", str(trace), "-e", f"trace={calls}", "-e", f"inject={rule}")
    failed = place.cm(*words, before=strace)
    tally.count("commands")
    tally.count("calls that failed", trace.read_text(errors="replace").count("(INJECTED)"))
    tally.count("commands that ended well all the same", int(failed.status == 0))
    tally.expect(not failed.is_defect, f"{rule}, round {number}", failed.text)
    ended, document = place.answer("run", "script", "thing", f"--env.N={number}")
    right = document.get("new_env") == {"THING": str(number)}
    tally.expect(right, f"after {rule}, round {number}: {' '.join(words)}", ended.text)
    tally.expect(not document.get("warnings"), f"after {rule}, round {number}", str(document.get("warnings")))
