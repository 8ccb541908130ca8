"""The right answers of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_mlperf.components.build import make

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_labels(path: str, source: str, options: Mapping[str, Any]) -> NDArray[Any] | None:
    """Labels by sample index; ``None`` when there are none.

    Args:
        path: of the data set.
        source: name of the kind of data set; guessed from the path when empty.
    """
    from cm_mlperf.components.catalog import DATA_SOURCES
    from cm_mlperf.interfaces import Component

    suffix = Path(path.rpartition(":")[0] if ".py:" in path else path).suffix.lower()
    for kind in DATA_SOURCES:
        if kind.name == source or (not source and suffix in kind.suffixes):
            dataset = make(Component(name=kind.name, factory=kind.factory, options={"path": path, **options}))
            labels: NDArray[Any] | None = getattr(dataset, "labels", None)
            return labels
    if not source and Path(path).is_dir():
        return read_labels(path, "images", options)
    return None
