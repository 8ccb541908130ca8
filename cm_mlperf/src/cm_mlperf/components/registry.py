"""What plugins offer: back ends, data sets, accuracies and models by name."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from cm_mlperf.offers import AccuracyMeasure, BackEnd, DataSource, Model

if TYPE_CHECKING:
    from cm_core import Session


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """Everything by name; of one name the first counts."""

    backends: Mapping[str, BackEnd]
    datasets: Mapping[str, DataSource]
    accuracies: Mapping[str, AccuracyMeasure]
    models: Mapping[str, Model]

    def model(self, word: str) -> Model | None:
        """The model of this name or synonym."""
        if word in self.models:
            return self.models[word]
        return next((model for model in self.models.values() if word in model.synonyms), None)


def offers(session: Session) -> Offers:
    """Ask all plugins."""
    hooks = session.hooks
    return Offers(
        backends=_by_name(hooks.lists("cm_mlperf_backends", BackEnd)),
        datasets=_by_name(hooks.lists("cm_mlperf_datasets", DataSource)),
        accuracies=_by_name(hooks.lists("cm_mlperf_accuracies", AccuracyMeasure)),
        models=_by_name(hooks.lists("cm_mlperf_models", Model)),
    )


def model_names(session: Session) -> Iterable[str]:
    """The names of all models, for completion."""
    return offers(session).models


def backend_names(session: Session) -> Iterable[str]:
    """The names of all back ends, for completion."""
    return offers(session).backends


def dataset_names(session: Session) -> Iterable[str]:
    """The names of all data sets, for completion."""
    return offers(session).datasets


def why_not(backend: BackEnd, device: str) -> str:
    """Why a back end cannot be used here on a device; ``""`` when it can."""
    if device not in backend.devices:
        return f"{backend.name} has no device '{device}' (available: {', '.join(backend.devices)})"
    for module in backend.modules:
        if importlib.util.find_spec(module) is None:
            return f"the Python module {module} is missing; run: pip install {' '.join(backend.packages)}"
    if not backend.available:
        return ""
    module_name, _, function = backend.available.partition(":")
    try:
        return str(getattr(importlib.import_module(module_name), function)(device))
    except Exception as error:  # noqa: BLE001 - a broken installation raises anything
        return f"{backend.name} does not work here: {' '.join(str(error).split())}"


def _by_name(lists: Iterable[Iterable[_T]]) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for items in lists:
        for item in items:
            found.setdefault(item.name, item)
    return found
