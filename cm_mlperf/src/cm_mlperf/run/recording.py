"""The record of a run: what is measured, with what, and how to do it again."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import check_alias, flag_words
from cm_core.actions import clone_states
from cm_core.base import encode
from cm_mlperf.record.layout import DataSetFacts, ModelFacts, RunRecord, SystemFacts
from cm_mlperf.run.suite import digest
from cm_mlperf.run.target import place_digest, place_state

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_mlperf.run.plan import Planner
    from cm_mlperf.run.target import Target

_PACKAGES = ("mlcommons-loadgen", "numpy", "cm-plugin-mlperf", "cm-automation")
# Flags that change what is shown, written or repeated, but no result.
_ABOUT_DISPLAY = frozenset(
    (
        "out",
        "json",
        "j",
        "save_to_json",
        "result",
        "rerun",
        "dry_run",
        "probe",
        "quiet",
        "q",
        "yes",
        "y",
        "debug",
        "strict",
    )
)
_SHORT_TYPES = {"float32": "fp32", "float16": "fp16", "float64": "fp64"}


def make_record(
    request: Request, planner: Planner, description: Mapping[str, str], session: Session
) -> RunRecord:
    """The record of a run that is about to start.

    Args:
        description: of this machine, keys of the official system description.
    """
    configuration, target, probe = planner.configuration, planner.target, planner.probe
    model = _model(planner)
    dataset = DataSetFacts(
        name=_dataset_name(planner),
        size=probe.size,
        performance_samples=configuration.limits.performance_samples or probe.size,
        path=target.dataset_path,
    )
    made_by = {**probe.makers, **recipe_makers(target.scripts, session)}
    identity = _identity(planner, model, dataset, made_by)
    name = configuration.name or "-".join(
        (target.name, target.backend.name, configuration.device, configuration.level.name, identity[:4])
    )
    return RunRecord(
        name=check_alias(name),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=run_command(request),
        digest=identity,
        level=configuration.level.name,
        round=configuration.round,
        division=configuration.division,
        category=configuration.category,
        submitter=configuration.submitter,
        system_name=configuration.system_name or platform.node(),
        model=model,
        dataset=dataset,
        system=_system(planner, description),
        versions=installed_versions(target, made_by),
        made_by=made_by,
        repositories=recipe_repositories(target.scripts, session),
        probe=encode(probe),
        load_average=load_average(),
    )


def run_command(request: Request) -> tuple[str, ...]:
    """What to type to get the same run, however it was asked for: by a command, a recipe or a program."""
    options = {key: value for key, value in request.options.items() if key not in _ABOUT_DISPLAY}
    named = (request.artifact,) if request.artifact else ()
    return ("cm", "run", "mlperf", *named, *flag_words(options))


def _model(planner: Planner) -> ModelFacts:
    target, probe = planner.target, planner.probe
    return ModelFacts(
        name=target.name,
        benchmark=target.benchmark,
        path=target.model_path,
        sha256=place_digest(target.model_path),
        source=target.model_source,
        equivalent=planner.configuration.equivalent,
        precision=target.precision,
        weight_data_types=target.precision,
        input_data_types=_input_types(probe.inputs),
    )


def _dataset_name(planner: Planner) -> str:
    """The name, which says when samples are varied copies of others."""
    dataset = planner.target.dataset
    varied = dataset.name == "digits" and "size" in dataset.options
    return f"{dataset.name}, varied to {planner.probe.size}" if varied else dataset.name


def _system(planner: Planner, description: Mapping[str, str]) -> SystemFacts:
    tuning = planner.configuration.tuning
    return SystemFacts(
        backend=planner.target.backend.name,
        backend_version=planner.probe.version,
        device=planner.configuration.device,
        batch_size=planner.batch_size,
        workers=planner.workers,
        threads=tuning.threads,
        description=description,
    )


def _identity(planner: Planner, model: ModelFacts, dataset: DataSetFacts, made_by: Mapping[str, str]) -> str:
    """Hash of everything that changes results."""
    configuration, target, probe = planner.configuration, planner.target, planner.probe
    # The batch size that a probe chooses differs from time to time; only one that was asked for counts.
    return digest(
        [
            model.sha256 or place_state(target.model_path) or model.path,
            encode(target.sut),
            encode(target.dataset),
            place_state(target.dataset_path),
            encode(target.accuracy),
            encode(configuration.tuning),
            [planner.duration_s, configuration.level.name, configuration.round],
            [probe.size, probe.version, probe.loadgen, dataset.performance_samples],
            sorted(made_by.items()),
        ]
    )


def _input_types(inputs: Mapping[str, Any]) -> str:
    names = dict.fromkeys(str(form[0]) for form in inputs.values())
    return ",".join(_SHORT_TYPES.get(name, name) for name in names)


def installed_versions(target: Target, made_by: Mapping[str, str]) -> dict[str, str]:
    """Versions of the packages that matter, with those that made something for the run."""
    found = {"python": platform.python_version()}
    makers = [one.partition(" ")[0] for text in made_by.values() for one in text.split(", ")]
    for package in (*_PACKAGES, *target.backend.packages, *makers):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def recipe_repositories(scripts: Iterable[str], session: Session) -> dict[str, str]:
    """Alias of each clone that has one of the scripts -> its commit and address.

    Recipes of a distribution have its version, and nothing is known without the plugin of repositories.

    Args:
        scripts: ``alias,uid`` each.
    """
    uids = list(dict.fromkeys(one.repo.uid for script in scripts for one in session.find("script", script)))
    clones = clone_states(session, uids)
    return {clone["alias"]: f"{clone['commit']} of {clone['url']}" for clone in clones}


def recipe_makers(scripts: Iterable[str], session: Session) -> dict[str, str]:
    """Distribution and version of the recipes that are shipped with plugins.

    Args:
        scripts: ``alias,uid`` each.
    """
    places = {one.repo.path for script in scripts for one in session.find("script", script)}
    found = {
        f"{plugin.distribution} {plugin.version}"
        for plugin in session.plugins.plugins.values()
        for place in places
        if place.is_relative_to(_folder_of(plugin.module))
    }
    return {"recipes": ", ".join(sorted(found))} if found else {}


def _folder_of(module: str) -> Path:
    """The folder of the package that a module belongs to."""
    package = sys.modules.get(module.partition(".")[0])
    file = getattr(package, "__file__", None)
    # A module without a package lies among others and ships no recipes.
    return Path(file).parent if file and hasattr(package, "__path__") else Path(os.devnull)


def load_average() -> float | None:
    """How many programs want a core, on average of the last minute; ``None`` where it is unknown."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None
