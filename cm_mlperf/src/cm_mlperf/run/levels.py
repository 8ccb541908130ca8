"""How long a run lasts and what it may be called."""

from __future__ import annotations

from dataclasses import dataclass

from cm_core import UsageError
from cm_mlperf.record.layout import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFacts:
    """A level.

    Attributes:
        duration_s: that a performance test lasts at least.
        execution_mode: name of the same thing in the command line of the original.
        offline_samples: fewest samples of an Offline test.
        peak_step_s: length of one step of the search for the peak of Server.
    """

    name: Level
    execution_mode: str
    duration_s: float
    offline_samples: int
    peak_step_s: float


LEVELS: tuple[LevelFacts, ...] = (
    LevelFacts(name="demo", execution_mode="test", duration_s=5.0, offline_samples=1, peak_step_s=0.5),
    LevelFacts(name="short", execution_mode="fast", duration_s=60.0, offline_samples=1, peak_step_s=2.0),
    # The rules: 600 s, and 24,576 samples in the closed division.
    LevelFacts(
        name="official", execution_mode="valid", duration_s=600.0, offline_samples=24576, peak_step_s=10.0
    ),
)


def parse_level(level: str, execution_mode: str = "") -> LevelFacts:
    """The level that two flags mean together; both empty is ``demo``.

    Raises:
        UsageError: when the two contradict each other.
    """
    found = [facts for facts in LEVELS if level == facts.name or execution_mode == facts.execution_mode]
    if len(found) > 1:
        raise UsageError(
            f"--level={level} contradicts --execution_mode={execution_mode}", hint="give one of the two"
        )
    return found[0] if found else LEVELS[0]
