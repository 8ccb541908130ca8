"""Where a submission of each round has its files: the one table that packer and validator follow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cm_core import NotFoundError, UsageError

DIVISIONS = ("closed", "open", "network")
CATEGORIES = ("edge", "datacenter", "datacenter,edge", "edge,datacenter")
STATUSES = ("available", "preview", "rdi")
MODEL_MAPPING = "model_mapping.json"
COMPLIANCE_TESTS = ("TEST01", "TEST04", "TEST06", "TEST07", "TEST08", "TEST09")
# Letters, digits and what no file system or shell minds.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,126}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Names of one result: the parts of its paths.

    Attributes:
        scenario: name of the folder.
    """

    division: str
    submitter: str
    system: str
    benchmark: str
    scenario: str

    def __str__(self) -> str:
        return f"{self.division}/{self.submitter}/{self.system}/{self.benchmark}/{self.scenario}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The layout of a round; folders are below ``<division>/<submitter>``.

    Attributes:
        sources: folder of the code.
        measurements: folder with a folder for each result that holds ``user.conf`` and the like.
        measurements_file: name of the description of a result.
        compliance: folder with a folder for each result that holds those of the compliance tests.
    """

    round: str
    sources: str
    measurements: str
    measurements_file: str
    compliance: str
    results: str = "results"
    systems: str = "systems"

    def submitter(self, result: Result) -> PurePosixPath:
        """Folder of the submitter."""
        return PurePosixPath(result.division, result.submitter)

    def result(self, result: Result) -> PurePosixPath:
        """Folder of a result."""
        return self._of(self.results, result)

    def system(self, result: Result) -> PurePosixPath:
        """File that describes the system."""
        return self.submitter(result) / self.systems / f"{result.system}.json"

    def source(self, result: Result) -> PurePosixPath:
        """Folder with the code of a benchmark."""
        return self.submitter(result) / self.sources / result.benchmark

    def measurements_folder(self, result: Result) -> PurePosixPath:
        """Folder with ``user.conf``, ``README.md`` and the description of a result."""
        return self._of(self.measurements, result)

    def measurements_path(self, result: Result) -> PurePosixPath:
        """File that describes how a result was got."""
        name = self.measurements_file.format(system=result.system, scenario=result.scenario)
        return self.measurements_folder(result) / name

    def compliance_folder(self, result: Result, test: str) -> PurePosixPath:
        """Folder of a compliance test."""
        return self._of(self.compliance, result) / test

    def mapping(self, result: Result) -> PurePosixPath:
        """File that says which official benchmarks the submitter's models are compared with."""
        return self.submitter(result) / MODEL_MAPPING

    def _of(self, folder: str, result: Result) -> PurePosixPath:
        return self.submitter(result) / folder / result.system / result.benchmark / result.scenario


def _old(round_: str) -> Layout:
    return Layout(
        round=round_,
        sources="code",
        measurements="measurements",
        measurements_file="{system}_{scenario}.json",
        compliance="compliance",
    )


def _new(round_: str) -> Layout:
    return Layout(
        round=round_,
        sources="src",
        measurements="results",
        measurements_file="measurements.json",
        compliance="results",
    )


LAYOUTS: tuple[Layout, ...] = (_old("v5.0"), _old("v5.1"), _new("v6.0"), _new("v6.1"))


def layout_of(round_: str, layouts: Iterable[Layout] = LAYOUTS) -> Layout:
    """The layout of a round; the last of several wins.

    Raises:
        NotFoundError: when nobody knows one.
    """
    known = {layout.round: layout for layout in layouts}
    if round_ not in known:
        raise NotFoundError(
            f"the layout of a submission of round {round_} is not known",
            hint="known rounds: " + ", ".join(known),
        )
    return known[round_]


def checked_name(name: str, what: str) -> str:
    """The name, when it can be a folder of a submission.

    Args:
        what: is named, for the message: ``submitter``, ``system``.

    Raises:
        UsageError: when it cannot.
    """
    if _NAME.fullmatch(name) is None or name.endswith("."):
        raise UsageError(
            f"'{name}' cannot be the name of a {what}",
            hint="use letters, digits and . _ + - only, and start with a letter or digit",
        )
    return name


def folders(path: Path) -> list[Path]:
    """The folders in a folder, sorted, without hidden ones and links; none when it does not exist."""
    if not path.is_dir():
        return []
    return sorted(
        child
        for child in path.iterdir()
        if child.is_dir() and not child.is_symlink() and not child.name.startswith(".")
    )
