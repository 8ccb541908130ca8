"""How long a run lasts and what it may be called."""

from __future__ import annotations

from dataclasses import dataclass

from cm_core import UsageError
from cm_core.base import did_you_mean
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
    """The level that two options mean together; both empty is ``demo``.

    Raises:
        UsageError: when there is no such level, or the two contradict each other.
    """
    chosen = [_named(level, "level"), _named(execution_mode, "execution_mode")]
    found = [facts for facts in chosen if facts is not None]
    if len({facts.name for facts in found}) > 1:
        raise UsageError(
            f"--level={level} contradicts --execution_mode={execution_mode}", hint="give one of the two"
        )
    return found[0] if found else LEVELS[0]


def _named(word: str, option: str) -> LevelFacts | None:
    if not word:
        return None
    names = [facts.name if option == "level" else facts.execution_mode for facts in LEVELS]
    for name, facts in zip(names, LEVELS, strict=True):
        if name == word:
            return facts
    hint = did_you_mean(word, names) or f"write --{option}=" + " or ".join(names)
    raise UsageError(f"there is no {option.replace('_', ' ')} '{word}'", hint=hint)
