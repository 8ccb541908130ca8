"""Values and numbers for people."""

from __future__ import annotations

from collections.abc import Mapping

from cm_experiment.record.layout import Scalar


def values_text(values: Mapping[str, Scalar]) -> str:
    """``BATCH=4 THREADS=2``."""
    return " ".join(f"{name}={number_text(value)}" for name, value in values.items())


def number_text(value: Scalar) -> str:
    """A number for people who compare it with another one or type it again.

    So it has six digits and nothing between thousands, where tables of the report kit have four.
    """
    if not isinstance(value, float):
        return str(value)
    return f"{value:.6g}" if abs(value) < 1000 else f"{value:.1f}"
