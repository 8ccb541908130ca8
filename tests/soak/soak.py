"""Break the toolkit on purpose for as long as you like: ``nox -s soak -- --minutes=60``."""

from __future__ import annotations

import argparse
import platform
import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from crowd import soak_crowd
from faults import can_inject, soak_faults
from fuzz import soak_fuzz
from kills import soak_kills
from place import Clock, Place, Tally

PARTS: dict[str, Callable[[Place, Clock, random.Random, int], Tally]] = {
    "kills": soak_kills,
    "crowd": soak_crowd,
    "fuzz": soak_fuzz,
    "faults": soak_faults,
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
START, END = "<!-- soak:start -->", "<!-- soak:end -->"


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s soak --", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for homes")
    parser.add_argument("--minutes", type=float, default=8, help="how long, shared by all parts")
    parser.add_argument("--seed", type=int, default=0, help="another one damages other things")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts")
    parser.add_argument("--page", type=Path, help=f"page to write, such as {PAGE.parent.name}/{PAGE.name}")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """The status is 1 when something was found."""
    options = parse(arguments)
    cm = Path(sys.executable).with_name("cm")
    parts = [part for part in options.only if part != "faults" or can_inject()]
    if len(parts) < len(options.only):
        print("faults: skipped, there is no strace")
    tallies = []
    for part in parts:
        place = Place(options.work.resolve() / part, cm)
        clock = Clock(options.minutes * 60 / len(parts))
        tally = PARTS[part](place, clock, random.Random(f"{options.seed}/{part}"), 1)
        tally.seconds = clock.spent
        tallies.append(tally)
        print(f"{part}: {_counts(tally)}; {len(tally.faults)} faults", flush=True)
        for fault in tally.faults:
            print(f"FAULT {part}: {fault}")
    if options.page:
        write_page(options.page, tallies, options.seed)
    return int(any(tally.faults for tally in tallies))


def write_page(page: Path, tallies: Sequence[Tally], seed: int) -> None:
    """Put the figures between the marks of a page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    today = datetime.now(UTC).date().isoformat()
    rows = [
        f"| {tally.part} | {_counts(tally)} | {tally.seconds / 60:.0f} min | {len(tally.faults)} |"
        for tally in tallies
    ]
    lines = [
        START,
        f"{today}, {platform.system()}, Python {platform.python_version()}, seed {seed}:",
        "",
        "| Part | What was done | Time | Faults |",
        "|---|---|--:|--:|",
        *rows,
        END,
    ]
    page.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def _counts(tally: Tally) -> str:
    return ", ".join(f"{what} {number:,}" for what, number in sorted(tally.counts.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
