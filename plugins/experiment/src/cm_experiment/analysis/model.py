"""A model of a metric over the variables, fitted with scikit-learn."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cm_core import CMError, frozen
from cm_experiment.record.layout import Scalar
from cm_report import statistics

Values = Mapping[str, Scalar]

_FOLDS = 10
_MOST_FOR_PROCESS = 400
_LOG_FROM = 8.0
_INTERVAL = 0.9


@frozen
class Estimate:
    """What the model expects of a configuration.

    Attributes:
        low, high: where 9 of 10 errors of the cross-validation would leave the value.
        doubt: standard deviation of the model itself, in units of the metric.
    """

    value: float
    low: float
    high: float
    doubt: float


@frozen
class Quality:
    """How well configurations are predicted that the model has not seen.

    Attributes:
        method: the model that did best.
        folds: parts of the cross-validation.
        error: median of the absolute errors, in units of the metric.
        relative_error: the same as a part of the value; ``None`` where a value is 0.
        explained: part of the variance that is explained; 0 is as good as always saying the average.
    """

    method: str
    folds: int
    error: float
    relative_error: float | None
    explained: float


class Model:
    """A fitted model; :func:`fit` makes one."""

    def __init__(
        self, encoder: _Encoder, regressor: Any, quality: Quality, *, log: bool, band: float
    ) -> None:
        self._encoder = encoder
        self._regressor = regressor
        self._log = log
        self._band = band
        self.quality = quality

    def estimate(self, configurations: Sequence[Values]) -> list[Estimate]:
        """What to expect of some configurations."""
        with _quietly():
            means, deviations = _predict(self._regressor, self._encoder.encode(configurations))
        return [self._estimate(mean, doubt) for mean, doubt in zip(means, deviations, strict=True)]

    def _estimate(self, mean: float, doubt: float) -> Estimate:
        if not self._log:
            return Estimate(value=mean, low=mean - self._band, high=mean + self._band, doubt=doubt)
        value = math.exp(mean)
        return Estimate(
            value=value,
            low=math.exp(mean - self._band),
            high=math.exp(mean + self._band),
            doubt=value * doubt,
        )


def fit(configurations: Sequence[Values], targets: Sequence[float]) -> Model:
    """The model that predicts best in a cross-validation.

    Args:
        configurations: different ones, all with the same variables.
        targets: the metric of each.

    Raises:
        CMError: when scikit-learn is not installed.
    """
    require_package()
    encoder = _Encoder(configurations)
    features = encoder.encode(configurations)
    log = min(targets) > 0 and max(targets) / min(targets) >= 2
    values = [math.log(target) for target in targets] if log else list(targets)
    guesses = {}
    for method, regressor in _regressors(len(values), len(features[0])).items():
        guesses[method] = (regressor, _cross_validate(regressor, features, values))
    method = min(guesses, key=lambda name: _squares(guesses[name][1], values))
    regressor, guess = guesses[method]
    _fit_quietly(regressor, features, values)
    seen = [math.exp(value) for value in guess] if log else guess
    errors = [abs(one - other) for one, other in zip(seen, targets, strict=True)]
    total = math.fsum((target - math.fsum(targets) / len(targets)) ** 2 for target in targets)
    quality = Quality(
        method=method,
        folds=min(_FOLDS, len(values)),
        error=statistics.median(errors),
        relative_error=_relative(errors, targets),
        explained=1 - _squares(seen, targets) / total if total else 0.0,
    )
    residuals = [abs(one - other) for one, other in zip(guess, values, strict=True)]
    return Model(encoder, regressor, quality, log=log, band=statistics.quantile(residuals, _INTERVAL))


def require_package() -> None:
    """See that scikit-learn is there.

    Raises:
        CMError: when it is not.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise CMError(
            "predictions need the package scikit-learn", hint="pip install 'cm-plugin-experiment[predict]'"
        ) from None


class _Encoder:
    """Configurations as numbers: texts as one column for each, numbers such as 1, 2, 4, 8 as logarithms."""

    def __init__(self, configurations: Sequence[Values]) -> None:
        self._texts: dict[str, list[str]] = {}
        self._logs: dict[str, float] = {}
        self._numbers: list[str] = []
        for name in configurations[0]:
            values = [configuration[name] for configuration in configurations]
            numbers = [value for value in values if isinstance(value, int | float)]
            if len(numbers) == len(values) and _is_geometric(numbers):
                self._logs[name] = min(numbers) / _LOG_FROM
            elif len(numbers) == len(values):
                self._numbers.append(name)
            else:
                self._texts[name] = sorted({str(value) for value in values})

    def encode(self, configurations: Sequence[Values]) -> list[list[float]]:
        return [self._encode(configuration) for configuration in configurations]

    def _encode(self, configuration: Values) -> list[float]:
        numbers = [float(configuration[name]) for name in self._numbers]
        # A range may begin at 0 or below, where there is no logarithm.
        logs = [math.log2(max(float(configuration[name]), least)) for name, least in self._logs.items()]
        texts = [
            float(str(configuration[name]) == text) for name, known in self._texts.items() for text in known
        ]
        return [*numbers, *logs, *texts]


def _is_geometric(numbers: Sequence[float]) -> bool:
    """Whether numbers are spread like 1, 2, 4, 8, and not like 1, 2, 3, 4."""
    low, high = min(numbers), max(numbers)
    if low <= 0 or high / low < _LOG_FROM:
        return False
    middle = statistics.median(sorted(set(numbers)))
    return abs(math.log(middle / math.sqrt(low * high))) < abs(math.log(middle / ((low + high) / 2)))


def _regressors(count: int, width: int) -> dict[str, Any]:
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found = {"trees": ExtraTreesRegressor(n_estimators=100, random_state=0)}
    if count <= _MOST_FOR_PROCESS:  # its time grows with the third power
        kernel = ConstantKernel() * Matern([1.0] * width, nu=2.5) + WhiteKernel(0.01, (1e-8, 1.0))
        process = GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=1, random_state=0)
        found["gaussian process"] = make_pipeline(StandardScaler(), process)
    return found


def _cross_validate(regressor: Any, features: Sequence[Any], values: Sequence[float]) -> list[float]:
    from sklearn.model_selection import KFold, cross_val_predict

    folds = KFold(min(_FOLDS, len(values)), shuffle=True, random_state=0)
    with _quietly():
        return [float(value) for value in cross_val_predict(regressor, features, values, cv=folds)]


@contextmanager
def _quietly() -> Iterator[None]:
    """Without warnings, such as about a parameter at the end of its range, and without threads.

    The matrices are so small that threads only wait for each other.
    """
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        yield


def _fit_quietly(regressor: Any, features: Sequence[Any], values: Sequence[float]) -> None:
    with _quietly():
        regressor.fit(features, values)


def _predict(regressor: Any, features: Sequence[Any]) -> tuple[list[float], list[float]]:
    """Means, and how unsure the model is of each."""
    if hasattr(regressor, "estimators_"):
        answers = [tree.predict(features) for tree in regressor.estimators_]
        columns = [[float(value) for value in column] for column in zip(*answers, strict=True)]
        means = [math.fsum(column) / len(column) for column in columns]
        return means, [
            math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column))
            for column, mean in zip(columns, means, strict=True)
        ]
    means, deviations = regressor.predict(features, return_std=True)
    return [float(mean) for mean in means], [float(deviation) for deviation in deviations]


def _squares(guesses: Sequence[float], values: Sequence[float]) -> float:
    return math.fsum((guess - value) ** 2 for guess, value in zip(guesses, values, strict=True))


def _relative(errors: Sequence[float], targets: Sequence[float]) -> float | None:
    if not all(targets):
        return None
    return statistics.median([error / abs(target) for error, target in zip(errors, targets, strict=True)])
