"""What a run would do, from what is known without doing anything: no recipe runs, and nothing is measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cm_core import Request, Result, UsageError
from cm_core.base import aligned
from cm_core.flags import read_flags
from cm_mlperf.checking.api import SOURCE_TAGS, inference_source
from cm_mlperf.flags import Run, Source
from cm_mlperf.loadgen.audits import check_tests
from cm_mlperf.run.official import as_the_rules_ask
from cm_mlperf.run.plan import Planner, planned_tests
from cm_mlperf.run.probe import Latency, Probe
from cm_mlperf.run.recipes import Recipes
from cm_mlperf.run.recording import make_record
from cm_mlperf.run.target import find_target
from cm_mlperf.submission.api import check_wishes
from cm_mlperf.submission.system import describe_system

if TYPE_CHECKING:
    from cm_core import Session
    from cm_mlperf.run.configuration import RunConfiguration

_LATER = "unknown until the probe"
_NEVER = Latency(mean_ms=0.0, p50_ms=0.0, p90_ms=0.0, p99_ms=0.0, queries=0)
# Stands for the probe in a record that is only checked, and never written or shown.
_UNMEASURED = Probe(
    size=0, labels=True, inputs={}, outputs=(), sample_bytes=0, version="", load_seconds=0.0,
    single=_NEVER, eight=_NEVER, batches={}, batch_size=1, samples_per_second=0.0, batch_ms=0.0,
    memory_mb=None, loadgen="",
)  # fmt: skip


class _Unrun(Recipes):
    """Only notes which recipes a run needs."""

    def __init__(self) -> None:
        self.wanted: list[str] = []

    def result(self, tags: str, key: str, session: Session) -> tuple[str, tuple[str, ...]]:
        del key, session
        self.wanted.append(tags)
        return "", ()


def outline(request: Request, configuration: RunConfiguration, session: Session) -> Result:
    """The tests that a run would do, and what it would get and measure before.

    Raises:
        CMError: as the run, as far as that is known without model and data.
    """
    recipes = _Unrun()
    target = find_target(configuration, session, recipes)
    check_tests(configuration.modes, target.benchmark)
    configuration, target = as_the_rules_ask(configuration, target)
    judged = target.accuracy is not None
    if not judged and configuration.modes == ("accuracy",):
        raise UsageError(
            "no accuracy function was given", hint="add --accuracy=FILE.py:score, or data with labels"
        )
    planner = Planner(configuration=configuration, target=target, probe=_UNMEASURED, judged=judged)
    asked = read_flags(Run, request)
    if asked.submission:
        check_wishes(make_record(request, planner, describe_system(session), session), request, session)
        if read_flags(Source, request, session.env).inference_src:
            inference_source(request, session)
        elif asked.official:
            recipes.wanted.append(SOURCE_TAGS)
    tests = list(planned_tests(configuration, judged=judged))
    needs = [line for tags in recipes.wanted for line in _needed(tags, session)]
    needs.append(f"would measure {target.name} and its data for a few seconds (the probe)")
    rows = [("scenario", "test", "time"), *((scenario, mode, _LATER) for scenario, mode in tests)]
    lines = [
        f"{target.name} on {target.backend.name}, {configuration.device}, {configuration.level.name}",
        *needs,
        "",
        *aligned(rows),
        "",
        "to get model and data, and to see times and memory: --probe instead of --dry_run",
    ]
    plan = [{"scenario": scenario, "mode": mode} for scenario, mode in tests]
    return Result(data={"dry_run": True, "plan": plan, "needs": needs}, lines=tuple(lines))


def _needed(tags: str, session: Session) -> Iterator[str]:
    """A line about a recipe, and one about each of its dependencies that would run, too."""
    words = tags.replace(",", " ").split()
    command = f"cm run script --tags={','.join(words)}"
    if place := _cached(words, session):
        yield f"would take from the cache: {place} ({command})"
        return
    yield f"would run: {command}"
    options = {"tags": ",".join(words), "dry_run": True, "quiet": True}
    shown = session.call(Request(action="run", automation="script", options=options))
    for dependency in shown.data["deps"]:
        if not _cached(dependency.split(","), session):
            yield f"  would run: cm run script --tags={dependency}"


def _cached(tags: list[str], session: Session) -> str:
    """The folder of a result that may answer; whether it still does, only the run finds out."""
    found = session.find("cache", tags=[tag for tag in tags if not tag.startswith("-")])
    ready = [entry for entry in found if "tmp" not in entry.tags]
    return str(ready[0].path) if ready else ""
