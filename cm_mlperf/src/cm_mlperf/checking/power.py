"""Checks a measurement of power, and turns the log of the meter into the figure of a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha1
from pathlib import Path, PurePosixPath
from statistics import fmean
from typing import Any

from cm_core import CMError, replace
from cm_core.base import DamagedError
from cm_mlperf.checking.descriptions import read_json
from cm_mlperf.checking.finding import CheckedResult, Finding
from cm_mlperf.checking.powersession import seconds, session_problems
from cm_mlperf.loadgen.log import DETAIL, SUMMARY, LoadGenLog, read_detail_log

SPL = "spl.txt"
WATTS, ENERGY = "W", "mJ"
_RUNS, _MODES = ("ranging", "run_1"), ("ranging", "testing")
_OF_RUN = (DETAIL, SUMMARY, SPL)
_OF_SESSION = ("client.json", "client.log", "ptd_logs.txt", "server.json", "server.log")
# Recorded by one side of the session each; they cannot hold their own sums.
_WITHOUT_SUM = ("power/client.json", "power/server.json")
_METER_VERSION = "version=1.11.1-"
_METERS = frozenset(
    f"YokogawaWT{model}"
    for model in (
        *("210", "210_DC", "310", "310E", "310_DC", "330", "330E", "330_DC", "330_multichannel"),
        *("500", "500_multichannel"),
    )
)
_LOWEST_PERCENT = -5.0
_QUERIES_OF_MULTISTREAM = 8


def read_watts(file: Path, log: LoadGenLog) -> float:
    """Mean power while a run lasted; samples without power do not count, as the rules have it.

    Args:
        file: log of the meter, one line a second.
        log: of the run, which says when it began and ended.

    Raises:
        DamagedError: when it is no such log, or has no sample in that time.
    """
    try:
        begin, end = (seconds(str(log.values[f"power_{word}"])) for word in ("begin", "end"))
        rows = (
            line.split(",")
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.startswith("Time")
        )
        watts = [float(row[3]) for row in rows if begin < seconds(row[1]) < end]
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise DamagedError(f"{file.name} is not a log of the meter: {error}") from error
    if not (running := [value for value in watts if value > 0]):
        raise DamagedError(f"{file.name} has no sample while the run lasted")
    return fmean(running)


def power_value(file: Path, log: LoadGenLog, scenario: str) -> tuple[float, str]:
    """Power of a result and its unit: watts, or millijoules of a query where latencies are measured.

    Args:
        scenario: that the result is for; MultiStream that is inferred from SingleStream has 8 queries in one.

    Raises:
        DamagedError: as :func:`read_watts`, and for a run without queries.
    """
    watts = read_watts(file, log)
    if scenario not in ("SingleStream", "MultiStream"):
        return watts, WATTS
    queries = int(log.values.get("result_query_count") or 0)
    if not queries:
        raise DamagedError(f"{log.path.name} has no queries")
    lasted = seconds(str(log.values["power_end"])) - seconds(str(log.values["power_begin"]))
    inferred = scenario == "MultiStream" and log.scenario.name == "SingleStream"
    return watts * lasted * 1000 / queries * (_QUERIES_OF_MULTISTREAM if inferred else 1), ENERGY


def add_power(checked: CheckedResult, run: Path, log: LoadGenLog, scenario: str) -> CheckedResult:
    """A result with its power; without, where the log of the meter is none, which is a finding of its own."""
    try:
        power, unit = power_value(run / SPL, log, scenario)
    except DamagedError:
        return checked
    return replace(checked, power=power, power_unit=unit)


def check_power(tree: Path, folder: PurePosixPath) -> Iterator[Finding]:
    """All problems of a measurement of power.

    Args:
        folder: ``performance`` of a result, relative to the tree.
    """
    wanted = [f"power/{name}" for name in _OF_SESSION] + [
        f"{run}/{name}" for run in _RUNS for name in _OF_RUN
    ]
    missing = [name for name in wanted if not (tree / folder / name).is_file()]
    for name in missing:
        yield _finding(folder / name, "", "missing", "a file of the session")
    if missing:
        return
    yield from _levels(tree, folder)
    sides: list[Mapping[str, Any]] = []
    for name in ("client.json", "server.json"):
        place = folder / "power" / name
        content, findings = read_json(tree / place, str(place))
        yield from findings
        if content is not None:
            sides.append(content)
    if len(sides) == len(("client", "server")):
        yield from _session(folder, *sides)
        yield from _sums(tree, folder, [_mapping(side, "results") for side in sides], wanted)
        try:
            logs = {
                mode: read_detail_log(tree / folder / run) for mode, run in zip(_MODES, _RUNS, strict=True)
            }
        except CMError:  # which is told where the levels are compared
            return
        for key, found, expected in session_problems(sides[0], sides[1], logs):
            yield _finding(folder / "power" / "server.json", key, found, expected)


def _levels(tree: Path, folder: PurePosixPath) -> Iterator[Finding]:
    """The power of the run may not be far below that of ranging: the meter would be set wrong."""
    watts: list[float] = []
    for run in _RUNS:
        place = tree / folder / run
        try:
            watts.append(read_watts(place / SPL, read_detail_log(place)))
        except CMError as error:
            yield _finding(folder / run / SPL, "", error.message, "samples of the meter")
    if len(watts) == len(_RUNS) and round((watts[1] / watts[0] - 1) * 100, 2) <= _LOWEST_PERCENT:
        found = f"{watts[1]:.6g} W, {watts[0]:.6g} W while ranging"
        yield _finding(folder / "run_1" / SPL, "watts", found, f"more than {100 + _LOWEST_PERCENT:g} % of it")


def _session(
    folder: PurePosixPath, client: Mapping[str, Any], server: Mapping[str, Any]
) -> Iterator[Finding]:
    """Both sides speak of one session, on a meter that the rules know."""
    file = folder / "power" / "server.json"
    for key in ("session_name", "uuid"):
        if not server.get(key) or client.get(key) != server.get(key):
            yield _finding(file, key, server.get(key), f"{client.get(key)}, as in client.json")
    if server.get("debug", False) is not False:
        yield _finding(file, "debug", server["debug"], "a server without debug mode")
    messages = server.get("ptd_messages")
    replies = [
        str(one.get("reply"))
        for one in (messages if isinstance(messages, list) else ())
        if isinstance(one, dict) and one.get("cmd") == "Identify"
    ]
    if not replies or _METER_VERSION not in replies[0] or replies[0].partition(",")[0] not in _METERS:
        yield _finding(file, "ptd_messages", "; ".join(replies[:1]), f"a Yokogawa meter, {_METER_VERSION}…")


def _sums(
    tree: Path, folder: PurePosixPath, recorded: Sequence[Mapping[str, Any]], wanted: Sequence[str]
) -> Iterator[Finding]:
    for name in wanted:
        if name in _WITHOUT_SUM:
            continue
        found = sha1((tree / folder / name).read_bytes(), usedforsecurity=False).hexdigest()
        said = {str(side[name]) for side in recorded if name in side}
        if said != {found}:
            wanted_sum = " and ".join(sorted(said)) or "a sum"
            yield _finding(folder / name, "", f"SHA-1 {found}", f"{wanted_sum}, as the session recorded")


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _finding(file: PurePosixPath, key: str, found: object, expected: str) -> Finding:
    fix = "measure power again: the files of a session stay as they are"
    return Finding(check="power", file=str(file), key=key, found=str(found), expected=expected, fix=fix)
