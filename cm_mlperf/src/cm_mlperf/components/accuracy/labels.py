"""The right answers of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_mlperf.components.build import make
from cm_mlperf.interfaces import Component

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_labels(path: str, source: str, options: Mapping[str, Any]) -> NDArray[Any] | None:
    """Labels by sample index; ``None`` when there are none.

    Args:
        path: of the data set.
        source: factory of the data set, whoever offers it, or the name of a kind that comes with the plugin;
            guessed from the path when empty.
    """
    from cm_mlperf.components.catalog import DATA_SOURCES

    if ":" in source:
        return _labels(source, source, path, options)
    suffix = Path(path.rpartition(":")[0] if ".py:" in path else path).suffix.lower()
    for kind in DATA_SOURCES:
        if kind.name == source or (not source and suffix in kind.suffixes):
            return _labels(kind.name, kind.factory, path, options)
    if not source and Path(path).is_dir():
        return read_labels(path, "images", options)
    return None


def _labels(name: str, factory: str, path: str, options: Mapping[str, Any]) -> NDArray[Any] | None:
    dataset = make(Component(name=name, factory=factory, options={"path": path, **options}))
    labels: NDArray[Any] | None = getattr(dataset, "labels", None)
    return labels
