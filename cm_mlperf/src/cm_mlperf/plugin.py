"""The plugin: owns the automation ``mlperf``. Adapters only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import Action, Automation, hookimpl

if TYPE_CHECKING:
    from cm_core import Request, Result, Session
    from cm_doc import Reproduction
    from cm_mlperf.checking.finding import Checker
    from cm_mlperf.offers import AccuracyMeasure, BackEnd, DataSource, Model
    from cm_mlperf.submission.layout import Layout

cm_api_version = "1"
cm_hookspecs = "cm_mlperf.hookspecs"

NAME = "mlperf"
UID = "a41cb8e6c8f7b7b7"
_DRY_RUN = "cm_core.actions.commonflags:DryRun"


def _action(name: str, help_: str, handler: str) -> Action:
    own = f"cm_mlperf.flags:{name.title()}"
    return Action(
        name=name,
        automation=NAME,
        help=help_,
        handler=f"cm_mlperf.{handler}",
        flags=(own, _DRY_RUN) if name in ("pack", "report", "import") else own,
        folders=name in ("check", "import"),
    )


@hookimpl
def cm_register_automations() -> Iterable[Automation]:
    """The kind ``mlperf``: runs of MLPerf benchmarks."""
    actions = (
        _action("check", "check a submission, or a run", "checking.api:check"),
        _action("pack", "make a submission from runs", "packing:pack"),
        _action("report", "write the report of a run again", "results.api:report"),
        _action("import", "import results from other sources", "results.api:import_results"),
        _action("show", "show, filter and compare results", "results.api:show"),
        _action("serve", "run the system under test of a network run", "run.serving:serve"),
    )
    return [
        Automation(
            name=NAME,
            uid=UID,
            help="MLPerf inference benchmarks",
            actions=actions,
            flags={name: f"cm_mlperf.flags:{name.title()}" for name in ("run", "find", "load")},
        )
    ]


@hookimpl(trylast=True)
def cm_register_repositories() -> Iterable[Path]:
    """The recipes of this distribution."""
    return [Path(__file__).parent / "recipes"]


@hookimpl
def cm_run(request: Request, session: Session) -> Result | None:
    """Measure a model."""
    from cm_mlperf.api import run

    return run(request, session)


@hookimpl
def cm_find(request: Request, session: Session) -> Result | None:
    """What can be measured here, and what has been."""
    from cm_mlperf.api import find

    return find(request, session)


@hookimpl
def cm_load(request: Request, session: Session) -> Result | None:
    """Load the results of a run."""
    from cm_mlperf.api import load

    return load(request, session)


@hookimpl
def cm_mlperf_backends() -> Iterable[BackEnd]:
    """ONNX Runtime, PyTorch, Python functions and the null system."""
    from cm_mlperf.components.catalog import BACK_ENDS

    return BACK_ENDS


@hookimpl
def cm_mlperf_datasets() -> Iterable[DataSource]:
    """Data sets of the reference models, and files of the user's own."""
    from cm_mlperf.components.catalog import DATA_SOURCES

    return DATA_SOURCES


@hookimpl
def cm_mlperf_accuracies() -> Iterable[AccuracyMeasure]:
    """Accuracy as the rules define it."""
    from cm_mlperf.components.catalog import ACCURACY_MEASURES

    return ACCURACY_MEASURES


@hookimpl
def cm_mlperf_models() -> Iterable[Model]:
    """The digits of the demo and the reference models."""
    from cm_mlperf.components.catalog import MODELS

    return MODELS


@hookimpl
def cm_mlperf_describe_system(session: Session) -> Mapping[str, str]:
    """What this machine says of itself."""
    from cm_mlperf.submission.system import detect

    return detect(session.env, session.warn)


@hookimpl
def cm_mlperf_layouts() -> Iterable[Layout]:
    """The rounds v5.0 to v6.1."""
    from cm_mlperf.submission.layout import LAYOUTS

    return LAYOUTS


@hookimpl
def cm_mlperf_checkers() -> Iterable[Checker]:
    """Our strict validator, and the official one where its sources are."""
    from cm_mlperf.checking.checkers import CHECKERS

    return CHECKERS


@hookimpl(optionalhook=True)
def cm_recipes_elsewhere(
    tags: Collection[str], unknown: Collection[str], session: Session
) -> Mapping[str, str] | None:
    """Words of MLPerf that recipes of a public repository know."""
    from cm_mlperf.elsewhere import recipes_for

    return recipes_for(tags, unknown, session)


@hookimpl(optionalhook=True)
def cm_reproduction(kind: str, folder: Path) -> Reproduction | None:
    """How to repeat a run, where the doc plugin is installed."""
    if kind != NAME:
        return None
    from cm_mlperf.results.reproduction import reproduction_of

    return reproduction_of(folder)
