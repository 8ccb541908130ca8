"""Measure the toolkit beside the original, or beside another revision of itself: ``nox -s bench``."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import against
from contenders import original, ours
from experiments import measure_experiments
from loadgen import measure_loadgen
from measure import Effort
from public import measure_public
from report import START, render, write_page
from revision import RevisionError
from work import QUICK, Bench, Sizes, measure_cache, measure_lookups, measure_runs, measure_start

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
SECTIONS = {
    "start": measure_start,
    "lookups": measure_lookups,
    "runs": measure_runs,
    "cache": measure_cache,
    "public": measure_public,
}

LOADGEN = "loadgen"
LOADGEN_START = START.replace("bench", "bench-loadgen")
EXPERIMENTS = "experiments"
EXPERIMENTS_START = START.replace("bench", "bench-experiments")
AGAINST_START = START.replace("bench", "bench-against")
ORIGINAL_SECTIONS = (*SECTIONS, LOADGEN, EXPERIMENTS)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for environments and homes")
    parser.add_argument("--quick", action="store_true", help="small sizes, few samples; writes no page")
    parser.add_argument("--peer-repo", type=Path, help="checkout with the script automation of the original")
    parser.add_argument("--against", metavar="REV", help="measure beside this revision instead")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="SECTION[/ROW]",
        default=[],
        help="what to measure, * for any text; sections: "
        f"{', '.join(ORIGINAL_SECTIONS)}; with --against: {', '.join(against.SECTIONS)}",
    )
    parser.add_argument(
        "--page", type=Path, help=f"page to write (full runs: {PAGE.parent.name}/{PAGE.name})"
    )
    options = parser.parse_args(arguments)
    known = against.SECTIONS if options.against else ORIGINAL_SECTIONS
    if unknown := [word for word in options.only if word.partition("/")[0] not in known]:
        parser.error(f"there is no section {', '.join(unknown)}; sections: {', '.join(known)}")
    return options


def main(arguments: list[str]) -> int:
    if sys.platform == "win32":
        print("the benchmarks need os.wait4: Linux or macOS")
        return 1
    options = parse(arguments)
    return beside_revision(options) if options.against else beside_original(options)


def beside_revision(options: argparse.Namespace) -> int:
    """The status is 1 when a row is worse."""
    work = options.work.resolve() / "against"
    peer = options.peer_repo.resolve() if options.peer_repo else None
    try:
        found = against.measure_sides(
            work, options.against, only=options.only, peer=peer, quick=options.quick
        )
    except RevisionError as error:
        print(error)
        return 1
    text = against.render_comparison(found, options.against)
    print(f"\n{text}")
    if options.page:
        write_page(options.page, text, AGAINST_START)
    return 1 if not found or any(one.is_worse for one in found) else 0


def beside_original(options: argparse.Namespace) -> int:
    chosen = {word.partition("/")[0] for word in options.only} or set(ORIGINAL_SECTIONS)
    sections = [name for name in SECTIONS if name in chosen]
    page = options.page or (None if options.quick else PAGE)
    if sections:
        text = compare(options, sections)
        print(f"\n{text}")
        # Part of the rows would replace the numbers of all.
        if page and (options.page or set(SECTIONS) <= set(options.only or SECTIONS)):
            write_page(page, text)
    if LOADGEN in chosen:
        print(f"{LOADGEN}:", flush=True)
        effort = {"runs": 1, "share": 0.05} if options.quick else {"runs": 5}
        text = measure_loadgen(options.work.resolve() / LOADGEN, **effort)
        print(f"\n{text}")
        if page:
            write_page(page, text, LOADGEN_START)
    if EXPERIMENTS in chosen:
        print(f"{EXPERIMENTS}:", flush=True)
        work = options.work.resolve()
        text = measure_experiments(
            ours(work), work / EXPERIMENTS, count=200 if options.quick else 10_000, effort=effort_of(options)
        )
        print(f"\n{text}")
        if page:
            write_page(page, text, EXPERIMENTS_START)
    return 0


def effort_of(options: argparse.Namespace) -> Effort:
    """How often each row is measured."""
    return Effort(samples=3, seconds=4, timeout=120) if options.quick else Effort()


def compare(options: argparse.Namespace, sections: list[str]) -> str:
    """Measure the toolkit and the original in turn."""
    work = options.work.resolve()
    contenders = (ours(work), original(work))
    for stale in (work / "repositories", *(contender.homes for contender in contenders)):
        shutil.rmtree(stale, ignore_errors=True)
    bench = Bench(
        work=work,
        contenders=contenders,
        peer=options.peer_repo.resolve() if options.peer_repo else None,
        sizes=QUICK if options.quick else Sizes(),
        effort=effort_of(options),
        only=tuple(options.only) or ("*",),
    )
    for bench.section in sections:
        print(f"{bench.section}:", flush=True)
        SECTIONS[bench.section](bench)
    return render(bench.rows, bench.sizes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
