"""Which model runs with which back end on which device in which scenario here, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Result
from cm_core.base import aligned, find_named
from cm_core.flags import read_flags
from cm_mlperf.components.registry import offers, why_not
from cm_mlperf.flags import Find
from cm_mlperf.loadgen.scenario import SCENARIOS
from cm_mlperf.record.layout import IMPORT_TAG
from cm_mlperf.run.modelfile import describe_file
from cm_mlperf.run.sources import file_part
from cm_mlperf.run.words import check_model

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session
    from cm_mlperf.components.registry import Offers
    from cm_mlperf.offers import Model

_OWN = "your own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """A model on a back end and device.

    Attributes:
        scenarios: in which it can be measured.
        reason: why it does not work here; ``""`` when it does.
    """

    model: str
    backend: str
    device: str
    scenarios: tuple[str, ...]
    reason: str = ""


def find_runs_and_matrix(request: Request, session: Session) -> Result:
    """Recorded runs as artifacts and, unless only those are asked for, all combinations.

    Raises:
        NotFoundError, UsageError: for a model, back end or scenario that does not exist.
    """
    from cm_core.actions import select

    runs = select(request, session)
    known = offers(session)
    asked = read_flags(Find, request)
    model = asked.model or request.artifact or ""
    if asked.model and known.model(model) is None and Path(file_part(model)).suffix:
        return describe_file(asked, session)
    only_runs = bool(asked.tags) or asked.runs
    # A name is that of runs, or as for `cm run mlperf` that of a model.
    if request.artifact and known.model(model) is None:
        only_runs = True
    combinations = [] if only_runs else list(_chosen(asked, known, model, session))
    data = {"list": runs, "matrix": [asdict(combination) for combination in combinations]}
    lines = [*_matrix_lines(combinations), *_run_lines(runs)] if combinations else _run_lines(runs)
    return Result(data=data, lines=tuple(lines))


def combinations_of(known: Offers) -> Iterator[Combination]:
    """Every combination, those that cannot work with the reason."""
    scenarios = tuple(scenario.name for scenario in SCENARIOS)
    for model in (*known.models.values(), None):
        for backend in known.backends.values():
            if model is not None and backend.name not in model.recipes:
                continue
            if model is None and not backend.suffixes:
                continue
            for device in backend.devices:
                reason = why_not(backend, device) or _missing_data(known, model)
                yield Combination(
                    model=model.name if model else f"{_OWN} {'/'.join(backend.suffixes)}",
                    backend=backend.name,
                    device=device,
                    scenarios=scenarios,
                    reason=reason,
                )


def _chosen(asked: Find, known: Offers, model: str, session: Session) -> Iterator[Combination]:
    if asked.backend:
        find_named(asked.backend, known.backends, "back end")
    if model:
        check_model(model, known, session)
        found = known.model(model)
        model = found.name if found else find_named(model, known.models, "model").name
    for combination in combinations_of(known):
        if (
            model in ("", combination.model)
            and asked.backend in ("", combination.backend)
            and asked.device in ("", combination.device)
            and (not asked.scenario or asked.scenario in combination.scenarios)
        ):
            yield combination


def _missing_data(known: Offers, model: Model | None) -> str:
    if model is not None and model.dataset not in known.datasets:
        return f"no plugin has its data set '{model.dataset}'"
    return ""


def _matrix_lines(combinations: list[Combination]) -> list[str]:
    """What works, a line for each model and back end; then why the rest does not, a line for each reason."""
    names = ", ".join(scenario.name for scenario in SCENARIOS)
    working: dict[tuple[str, str], list[str]] = {}
    for entry in combinations:
        if not entry.reason:
            working.setdefault((entry.model, entry.backend), []).append(entry.device)
    rows = [("works here", "back end", "device")]
    rows += [(model, backend, ", ".join(devices)) for (model, backend), devices in working.items()]
    lines = [*aligned(rows), "", f"in each scenario: {names}"] if working else ["none of it works here"]
    reasons = _reason_lines(combinations)
    return [*lines, *(["", "does not work here:", *reasons] if reasons else [])]


def _reason_lines(combinations: list[Combination]) -> list[str]:
    """Back end and devices for each reason; the models, too, when others of that back end work."""
    groups: dict[tuple[str, str], list[Combination]] = {}
    for entry in combinations:
        if entry.reason:
            groups.setdefault((entry.backend, entry.reason), []).append(entry)
    lines = []
    for (backend, reason), entries in groups.items():
        devices = dict.fromkeys(entry.device for entry in entries)
        models = dict.fromkeys(entry.model for entry in entries)
        every = {entry.model for entry in combinations if entry.backend == backend}
        prefix = "" if every == set(models) else f"{', '.join(models)} with "
        lines.append(f"  {prefix}{backend} on {', '.join(devices)}: {reason}")
    return lines


def _run_lines(runs: list[Artifact]) -> list[str]:
    lines = []
    for title, wanted in (("recorded runs", False), ("imported results", True)):
        found = [f"  {run.name}  {run.path}" for run in runs if (IMPORT_TAG in run.tags) is wanted]
        lines += ["", f"{title}:", *found] if found else []
    return lines
