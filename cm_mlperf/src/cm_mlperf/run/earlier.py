"""What earlier runs of the same name have measured, and what of it still holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePath

from cm_core import CMError
from cm_core.base import DamagedError, raise_os_error
from cm_mlperf.loadgen.scenario import MODES, SCENARIOS
from cm_mlperf.record.layout import RUN_FILE, RunFolder, RunRecord, TestRecord
from cm_mlperf.run.sources import changed_files

_HISTORY = "history"
_MOST_NAMED = 3


def put_aside(run: RunFolder, scenario: str, mode: str) -> bool:
    """Keep the logs of an earlier test; tells whether there were any."""
    folder = run.test_folder(scenario, mode)
    if not folder.is_dir():
        return False
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    kept = run.path / _HISTORY / now / scenario / mode
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(kept)
    except OSError as error:
        raise_os_error("keep the logs of an earlier test in", kept, error)
    return True


def put_aside_outdated(run: RunFolder, record: RunRecord) -> str:
    """Keep apart what a run of the same name measured with another configuration, or with other files.

    Beside the new record its results would pass for those of what is there now.

    Args:
        record: of the configuration that is about to be measured.

    Returns:
        why, in words; ``""`` when nothing had to be put aside.
    """
    before = None
    with contextlib.suppress(DamagedError):  # what a damaged record was about, nobody knows
        if not (run.path / RUN_FILE).is_file():
            return ""
        before = run.read()
    if before is None or before.digest != record.digest:
        kept = [put_aside(run, scenario.name, mode) for scenario in SCENARIOS for mode in MODES]
        return _why_another(before, record) if any(kept) else ""
    changed: dict[str, None] = {}
    for test in _tests(run):
        if paths := changed_files(test.sources):
            put_aside(run, test.scenario, test.mode)
            changed |= dict.fromkeys(paths)
    if not changed:
        return ""
    return f"was measured with another {_named([PurePath(path).name for path in changed])}"


def made_with(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What a result of before was made with that is another one now; ``""`` when nothing is."""
    return _differences(then, now, "made with {name} {then}, now {now}")


def _why_another(before: RunRecord | None, record: RunRecord) -> str:
    if before is None or before.made_by == record.made_by:
        return "had other settings"
    if not before.made_by:
        return "was measured when records did not say by which versions"
    other = _differences(before.made_by, record.made_by, "made by {then}, now {now}")
    return f"was {other}" if other else "had other settings"


def _differences(then: Mapping[str, str], now: Mapping[str, str], form: str) -> str:
    """One phrase for each name whose value has changed; what is new makes nothing that was made before."""
    phrases = dict.fromkeys(
        # Of a distribution that was only upgraded, the name once is enough.
        form.format(name=name, then=value, now=now.get(name, "none").removeprefix(_head(value)))
        for name, value in then.items()
        if value != now.get(name)
    )
    return _named(list(phrases), "; ")


def _head(value: str) -> str:
    name, blank, _ = value.partition(" ")
    return name + blank if blank else ""


def _named(names: list[str], between: str = ", ") -> str:
    more = len(names) - _MOST_NAMED
    return between.join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _tests(run: RunFolder) -> Iterator[TestRecord]:
    """Those that can be read; of a damaged one the suite says so when its turn comes."""
    for scenario in SCENARIOS:
        for mode in MODES:
            with contextlib.suppress(CMError):
                if (test := run.read_test(scenario.name, mode)) is not None:
                    yield test
