"""Whether a repetition reproduces what was measured: tolerance and noise of each metric."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cm_core import UsageError, frozen
from cm_experiment.record.metrics import flat
from cm_report import statistics

DEFAULT_TOLERANCE = 0.05
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)\s*(%?)")


@frozen
class Tolerances:
    """Accepted relative differences.

    Attributes:
        default: of metrics that are not named.
        named: metric -> its own.
    """

    default: float = DEFAULT_TOLERANCE
    named: Mapping[str, float]

    @classmethod
    def parse(cls, given: object) -> Tolerances:
        """Read ``--tolerance=2%`` or ``--tolerance.METRIC=0.02``.

        Raises:
            UsageError: when it is no part of something.
        """
        if given is None:
            return cls(named={})
        if isinstance(given, Mapping):
            return cls(named={name: _part(name, value) for name, value in flat(given).items()})
        return cls(default=_part("", given), named={})

    def of(self, metric: str) -> float:
        """What is accepted for a metric, as a part of the recorded value."""
        return self.named.get(metric, self.default)


@frozen
class Judgement:
    """What became of one metric.

    Attributes:
        recorded, repeated: medians; ``None`` where it was not reported.
        accepted: the largest accepted difference.
        noise: half the width of the confidence interval of the difference; ``None`` when nothing is known.
        verdict: reproduced, ``within noise``, differs, missing.
    """

    metric: str
    recorded: float
    repeated: float | None
    accepted: float
    noise: float | None
    verdict: str

    @property
    def holds(self) -> bool:
        return self.verdict in ("reproduced", "within noise")


def judge(metric: str, recorded: Sequence[float], repeated: Sequence[float], tolerance: float) -> Judgement:
    """Compare two samples of a metric.

    Args:
        recorded: at least one value.
        tolerance: accepted difference of the medians, as a part of the recorded one.
    """
    before = statistics.median(recorded)
    accepted = tolerance * abs(before)
    if not repeated:
        return Judgement(
            metric=metric, recorded=before, repeated=None, accepted=accepted, noise=None, verdict="missing"
        )
    after = statistics.median(repeated)
    found = statistics.difference(recorded, repeated)
    noise = None if found.low is None or found.high is None else (found.high - found.low) / 2
    difference = abs(after - before)
    verdict = "reproduced" if difference <= accepted else "differs"
    if verdict == "differs" and noise is not None and difference <= noise:
        verdict = "within noise"
    return Judgement(
        metric=metric, recorded=before, repeated=after, accepted=accepted, noise=noise, verdict=verdict
    )


def _part(name: str, given: object) -> float:
    match = _PART.fullmatch(str(given).strip())
    flag = f"--tolerance.{name}" if name else "--tolerance"
    if not match:
        raise UsageError(f"{flag}={given} is not a valid fraction", hint=f"write {flag}=2% or {flag}=0.02")
    return float(match.group(1)) / (100 if match.group(2) else 1)
