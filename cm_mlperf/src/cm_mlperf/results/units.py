"""Units of results: how others spell them, and which way is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of results.

    Attributes:
        name: as our tables write it.
        official: as the official checker's CSV writes it; ``""`` when it never does.
        lower_is_better: for latencies, energy, power and time to train.
        seconds: length of the unit when it is one of time.
        joules: size of the unit when it is one of energy.
    """

    name: str
    official: str = ""
    lower_is_better: bool = False
    seconds: float | None = None
    joules: float | None = None


_UNITS = (
    Unit(name="samples/s", official="Samples/s"),
    Unit(name="queries/s", official="Queries/s"),
    Unit(name="tokens/s", official="Tokens/s"),
    Unit(name="tasks/s", official="Tasks/s"),
    Unit(name="inferences/s"),
    Unit(name="ms", official="Latency (ms)", lower_is_better=True, seconds=1e-3),
    Unit(name="s", official="Latency (s)", lower_is_better=True, seconds=1.0),
    Unit(name="min", lower_is_better=True, seconds=60.0),
    Unit(name="W", official="Watts", lower_is_better=True),
    Unit(name="mJ", official="millijoules", lower_is_better=True, joules=1e-3),
    Unit(name="uJ", lower_is_better=True, joules=1e-6),
)
UNITS: Mapping[str, Unit] = {unit.name: unit for unit in _UNITS}
POWER_UNITS = frozenset(("W", "mJ", "uJ"))
_SPELLINGS = {
    **{unit.name.lower(): unit for unit in _UNITS},
    **{unit.official.lower(): unit for unit in _UNITS if unit.official},
    "inf./sec.": UNITS["inferences/s"],
    "min.": UNITS["min"],
    "uj/inf.": UNITS["uJ"],
}


def unit_name(text: str) -> str:
    """A unit as our tables write it; one that nobody knows stays as it is."""
    unit = _SPELLINGS.get(text.strip().lower())
    return unit.name if unit else text.strip()


def official_unit(name: str) -> str:
    """A unit as the official checker writes it."""
    unit = UNITS.get(name)
    return unit.official or name if unit else name


def lower_is_better(name: str) -> bool | None:
    """Whether less is more; ``None`` for a unit that nobody knows."""
    unit = UNITS.get(name)
    return unit.lower_is_better if unit else None
