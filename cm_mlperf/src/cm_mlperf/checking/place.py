"""Which part of which submission tree a folder is, and of which round its logs are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cm_core import CMError, frozen
from cm_mlperf.checking.finding import is_asked
from cm_mlperf.loadgen.log import read_detail_log
from cm_mlperf.loadgen.rounds import Round
from cm_mlperf.loadgen.wheel import round_of, seeds_in
from cm_mlperf.submission.layout import DIVISIONS, folders

_RESULTS = "results"
# Logs that are read to learn the round; a tree has hundreds, and the first ones may be damaged.
_LOGS = 50


@frozen
class Place:
    """A submission tree, or a part of it.

    Attributes:
        within: the part, relative to the tree: ``closed/Lab``, ``closed/Lab/results/box``; ``.`` for all.
    """

    tree: Path
    within: PurePosixPath

    @property
    def names(self) -> tuple[str, ...]:
        """Division, submitter, system, benchmark and scenario that it is about, as far as it says so."""
        division_and_submitter, below = self.within.parts[:2], self.within.parts[3:]
        return (*division_and_submitter, *below)

    def logs(self) -> Iterator[Path]:
        """The folders of the performance runs in it."""
        for division in DIVISIONS:
            for submitter in folders(self.tree / division):
                for system in folders(submitter / _RESULTS):
                    for benchmark in folders(system):
                        for scenario in folders(benchmark):
                            parts = (division, submitter.name, system.name, benchmark.name, scenario.name)
                            if is_asked(self.names, parts):
                                yield scenario / "performance" / "run_1"


def find_place(folder: Path) -> Place | None:
    """The tree that a folder is, or is in; ``None`` when it is no part of a submission."""
    if any((folder / division).is_dir() for division in DIVISIONS):
        return Place(tree=folder, within=PurePosixPath())
    full = folder.resolve()
    for place in (full, *full.parents):
        if place.name in DIVISIONS and full.is_dir():
            within = PurePosixPath(full.relative_to(place.parent).as_posix())
            submitters = [place / part for part in within.parts[1:2]] or folders(place)
            if any((submitter / _RESULTS).is_dir() for submitter in submitters):
                return Place(tree=place.parent, within=within)
    return None


def round_in(place: Place) -> Round | None:
    """The round whose seeds are in the logs, ``None`` when they have those of none."""
    for number, folder in enumerate(place.logs()):
        if number == _LOGS:
            break
        try:
            seeds = seeds_in(read_detail_log(folder).values)
        except CMError:
            continue
        if seeds is not None and (found := round_of(seeds)) is not None:
            return found
    return None
