"""Statistics of repeated measurements, for small samples.

The middle of a sample is its median and the spread is robust, since benchmarks have outliers. Intervals and
tests are those of Student and Welch, widened to those of medians: with three to ten repetitions,
nonparametric ones cannot reach any usual level of confidence. An outlier makes them wider, so it may hide a
difference but does not invent one. Nothing here needs more than the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from cm_core import frozen

CONFIDENCE = 0.95
# Makes the median of absolute deviations the standard deviation, where noise is normal.
_MAD_TO_DEVIATION = 1.4826
# By how much the median of normal noise varies more than the mean of as many values, at most.
_MEDIAN_TO_MEAN = math.sqrt(math.pi / 2)
_TINY = 1e-300


@frozen
class Summary:
    """What a sample says.

    Attributes:
        count: how many values.
        median: the middle value.
        spread: robust standard deviation: 1.4826 times the median distance from the median.
        mean: the average.
        low, high: confidence interval of the median; ``None`` for a single value.
        least, most: the extreme values.
    """

    count: int
    median: float
    spread: float
    mean: float
    low: float | None
    high: float | None
    least: float
    most: float

    @property
    def relative_spread(self) -> float | None:
        """The spread as a part of the median; ``None`` where the median is 0."""
        return abs(self.spread / self.median) if self.median else None


@frozen
class Difference:
    """How far the second of two samples is from the first.

    Attributes:
        absolute: second minus first, of the medians.
        relative: the same as a part of the first median; ``None`` where that is 0.
        low, high: confidence interval of ``absolute``; ``None`` when no noise is known.
        p_value: how probable such a difference is when there is none; ``None`` when no noise is known.
        significant: whether the interval leaves 0 out; ``None`` when no noise is known.
    """

    absolute: float
    relative: float | None
    low: float | None
    high: float | None
    p_value: float | None
    significant: bool | None

    @property
    def noise_is_larger(self) -> bool:
        """Whether there is a difference that the noise may have made."""
        return self.significant is False and self.absolute != 0


def median(values: Sequence[float]) -> float:
    """The middle value, or the average of the two.

    Raises:
        ValueError: when there is none.
    """
    return quantile(values, 0.5)


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which a part (0 to 1) of the values lies, interpolated between neighbours.

    Raises:
        ValueError: when there are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> float:
    """The robust standard deviation of :class:`Summary`; 0 for a single value.

    Raises:
        ValueError: when there are no values.
    """
    middle = median(values)
    return _MAD_TO_DEVIATION * median([abs(value - middle) for value in values])


def summarize(values: Sequence[float], confidence: float = CONFIDENCE) -> Summary:
    """Median, spread and the rest of a sample.

    Args:
        values: finite numbers of one unit.
        confidence: of the interval, between 0 and 1.

    Raises:
        ValueError: when there are no values.
    """
    middle = median(values)
    half = None
    if len(values) > 1:
        half = t_quantile(0.5 + confidence / 2, len(values) - 1) * math.sqrt(_variance_of_median(values))
    return Summary(
        count=len(values),
        median=middle,
        spread=spread(values),
        mean=_mean(values),
        low=None if half is None else middle - half,
        high=None if half is None else middle + half,
        least=min(values),
        most=max(values),
    )


def difference(first: Sequence[float], second: Sequence[float], confidence: float = CONFIDENCE) -> Difference:
    """Compare the medians of two samples, with Welch's test for samples of unequal noise.

    Where one of them is a single value, such as that of a replay, it is taken to be as noisy as the other;
    where both are, nothing is known of the noise and ``significant`` is ``None``.

    Args:
        confidence: below which a difference counts as noise, between 0 and 1.

    Raises:
        ValueError: when a sample is empty.
    """
    before = median(first)
    absolute = median(second) - before
    relative = absolute / abs(before) if before else None
    noise = _noise_of_difference(first, second)
    if noise is None:
        return Difference(
            absolute=absolute, relative=relative, low=None, high=None, p_value=None, significant=None
        )
    error, freedom = noise
    half = t_quantile(0.5 + confidence / 2, freedom) * error
    p_value = 2 * (1 - t_cdf(abs(absolute) / error, freedom)) if error else float(absolute == 0)
    return Difference(
        absolute=absolute,
        relative=relative,
        low=absolute - half,
        high=absolute + half,
        p_value=p_value,
        significant=abs(absolute) > half,
    )


def t_cdf(value: float, freedom: float) -> float:
    """The distribution of Student's t.

    Args:
        freedom: degrees of freedom, more than 0.
    """
    tail = 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + value * value))
    return 1 - tail if value > 0 else tail


def t_quantile(part: float, freedom: float) -> float:
    """The value that Student's t does not exceed with a probability.

    Args:
        part: the probability, between 0 and 1, both excluded.
        freedom: degrees of freedom, more than 0.
    """
    if part < 0.5:
        return -t_quantile(1 - part, freedom)
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < part:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, freedom) < part else (low, middle)
    return (low + high) / 2


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise ValueError("no values")
    # The sum of equal values, divided, need not be that value.
    return values[0] if len(set(values)) == 1 else math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _variance_of_median(values: Sequence[float]) -> float:
    """How much the medians of such samples vary; of two values, the median is the mean."""
    factor = _MEDIAN_TO_MEAN if len(values) > 2 else 1.0
    return factor**2 * _variance(values) / len(values)


def _noise_of_difference(first: Sequence[float], second: Sequence[float]) -> tuple[float, float] | None:
    """Standard error of the difference of the medians, and its degrees of freedom."""
    counts = (len(first), len(second))
    if max(counts) == 1:
        return None
    if min(counts) == 1:
        known = first if counts[0] > 1 else second
        return math.sqrt(_variance(known) + _variance_of_median(known)), float(len(known) - 1)
    parts = [_variance_of_median(values) for values in (first, second)]
    total = sum(parts)
    if total == 0:
        return 0.0, float(sum(counts) - 2)
    weights = sum((part / total) ** 2 / (count - 1) for part, count in zip(parts, counts, strict=True))
    return math.sqrt(total), 1 / weights


def _incomplete_beta(first: float, second: float, value: float) -> float:
    """The regularised incomplete beta function."""
    if value <= 0:
        return 0.0
    if value >= 1:
        return 1.0
    if value > (first + 1) / (first + second + 2):  # there, the fraction of the mirrored one converges fast
        return 1 - _incomplete_beta(second, first, 1 - value)
    log_front = (
        math.lgamma(first + second)
        - math.lgamma(first)
        - math.lgamma(second)
        + first * math.log(value)
        + second * math.log1p(-value)
    )
    return math.exp(log_front) / first / _continued_fraction(first, second, value)


def _continued_fraction(first: float, second: float, value: float) -> float:
    """The continued fraction of the incomplete beta function, by the method of Lentz."""
    result = numerator = 1.0
    denominator = 0.0
    for place in range(1, 400):
        half = place // 2
        if place % 2:
            top = -(first + half) * (first + second + half) * value
            term = top / ((first + 2 * half) * (first + 2 * half + 1))
        else:
            top = half * (second - half) * value
            term = top / ((first + 2 * half - 1) * (first + 2 * half))
        denominator = 1 / (1 + term * denominator or _TINY)
        numerator = 1 + term / numerator or _TINY
        result *= numerator * denominator
        if abs(numerator * denominator - 1) < 1e-15:
            break
    return result
