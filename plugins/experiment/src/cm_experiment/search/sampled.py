"""Points that earlier results suggest: TPE and NSGA-II of Optuna.

Optuna keeps nothing on disk: the records of the steps are all there is, and a search that goes on is told
them again.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError, UsageError
from cm_experiment.record.layout import Row, Scalar
from cm_experiment.search import Point
from cm_experiment.search.enumerated import point_at, size_of
from cm_experiment.study.objectives import value_of, values_of, violations
from cm_experiment.study.problem import Problem, Values

if TYPE_CHECKING:
    import optuna

    from cm_experiment.study.ranges import Domain

_VIOLATIONS = "violations"
_MOST_TRIES = 30
_LARGEST_POPULATION = 50
_FEWEST_ORDERED = 3


class SampledSearch:
    """Asks Optuna for points and tells it what came out.

    In a space that has an end no point is tried twice: what Optuna suggests again is answered from the
    results, and in the end the search takes what is left.
    """

    def __init__(self, problem: Problem, done: Sequence[Row]) -> None:
        self._optuna = _load()
        _check(problem)
        size = size_of(problem.space)
        self.planned: int | None = problem.trials
        if size is not None:
            self.planned = size if problem.trials is None else min(problem.trials, size)
        self._problem = problem
        self._size = size
        self._domains = dict(problem.space)
        self._distributions = {
            name: _distribution(self._optuna, item) for name, item in self._domains.items()
        }
        with warnings.catch_warnings():  # what is experimental in Optuna is no news for users
            warnings.simplefilter("ignore")
            self._study = self._optuna.create_study(
                directions=[objective.direction for objective in problem.objectives],
                sampler=_sampler(self._optuna, problem, len(done)),
            )
        self._out: dict[int, optuna.Trial] = {}
        self._seen: dict[str, Row | None] = {}
        ended = [row for row in done if row.state in ("finished", "failed", "pruned")]
        self._again = [row for row in done if row.state in ("running", "lost")]
        self._last = max((row.number for row in done), default=0)
        self._asked = len(done)
        for row in ended:
            self._study.enqueue_trial(self._params(row.variables))
            self._out[row.number] = self._ask()
            self.tell(row)

    def ask(self) -> Point | None:
        """The next point: first those that were interrupted."""
        if self._again:
            row = self._again.pop(0)
            self._study.enqueue_trial(self._params(row.variables))
            return self._point(self._ask(), row.variables, row.number)
        if self.planned is not None and self._asked >= self.planned:
            return None
        for _ in range(_MOST_TRIES):
            trial = self._ask()
            values = self._values(trial.params)
            key = _key(values)
            if self._size is None or key not in self._seen:
                break
            known = self._seen[key]
            if known is None:  # it is running
                self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
            else:
                self._finish(trial, known)
        else:
            left = self._untried_point()
            self._study.enqueue_trial(self._params(left))
            trial, values = self._ask(), dict(left)
        self._asked += 1
        self._last += 1
        return self._point(trial, values, self._last)

    def tell(self, row: Row) -> None:
        """Let Optuna know what came out."""
        self._seen[_key(row.variables)] = row
        trial = self._out.pop(row.number, None)
        if trial is not None:
            self._finish(trial, row)

    def _ask(self) -> optuna.Trial:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial: optuna.Trial = self._study.ask(self._distributions)
            return trial

    def _finish(self, trial: optuna.Trial, row: Row) -> None:
        states = self._optuna.trial.TrialState
        trial.set_user_attr(_VIOLATIONS, violations(row, self._problem.constraints))
        values = values_of(row, self._problem.objectives)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if values is not None:
                self._study.tell(trial, list(values))
                return
            single = len(self._problem.objectives) == 1
            last = value_of(row, self._problem.objectives[0].metric)
            if row.state == "pruned" and single and last is not None:
                trial.report(last, 0)
                self._study.tell(trial, state=states.PRUNED)
            else:
                self._study.tell(trial, state=states.FAIL)

    def _point(self, trial: optuna.Trial, values: Values, number: int) -> Point:
        self._out[number] = trial
        self._seen.setdefault(_key(values), None)
        return Point(number=number, values=values)

    def _untried_point(self) -> Values:
        assert self._size is not None  # noqa: S101 - only there a point can come twice
        for index in range(self._size):
            values = point_at(self._domains, index)
            if _key(values) not in self._seen:
                return values
        raise AssertionError("more points were requested than exist")

    def _values(self, params: Mapping[str, Any]) -> dict[str, Scalar]:
        return {
            name: domain.values[params[name]] if domain.is_list else params[name]
            for name, domain in self._domains.items()
        }

    def _params(self, values: Mapping[str, Scalar]) -> dict[str, Any]:
        return {
            name: domain.values.index(values[name]) if domain.is_list else values[name]
            for name, domain in self._domains.items()
        }


def _key(values: Mapping[str, Scalar]) -> str:
    return json.dumps(values, sort_keys=True)


def _load() -> Any:
    try:
        import optuna
    except ImportError:
        raise NotFoundError(
            "searching with tpe or nsga2 needs Optuna, which is not installed",
            hint="run: pip install 'cm-plugin-experiment[optuna]'; or add --search=random",
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _check(problem: Problem) -> None:
    if not problem.objectives:
        raise UsageError(
            f"no objective was given for --search={problem.method}",
            hint="add: --minimize METRIC or --maximize METRIC",
        )
    if not problem.space:
        raise UsageError(
            f"--search={problem.method} needs a variable to change",
            hint="declare one in the command: {{BATCH{range(1,65)}}}",
        )


def _distribution(optuna: Any, domain: Domain) -> Any:
    if not domain.is_list:
        if domain.integer:
            return optuna.distributions.IntDistribution(int(domain.low), int(domain.high))
        return optuna.distributions.FloatDistribution(domain.low, domain.high, log=domain.log)
    values = domain.values
    numbers = all(isinstance(value, int | float) for value in values)
    # Positions of numbers in their order, so that what is near in value is near for the search.
    if numbers and len(values) >= _FEWEST_ORDERED and list(values) == sorted(values, key=float):
        return optuna.distributions.IntDistribution(0, len(values) - 1)
    return optuna.distributions.CategoricalDistribution(tuple(range(len(values))))


def _sampler(optuna: Any, problem: Problem, done: int) -> Any:
    seed = problem.seed + done  # going on with the same random numbers would suggest the same points

    def misses(trial: Any) -> Sequence[float]:
        known: Sequence[float] = trial.user_attrs.get(_VIOLATIONS, ())
        return known or [1.0] * len(problem.constraints)

    constraints = misses if problem.constraints else None
    trials = problem.trials or 4 * _LARGEST_POPULATION
    if problem.method == "nsga2":
        population = max(4, min(_LARGEST_POPULATION, trials // 4))
        return optuna.samplers.NSGAIISampler(
            population_size=population, seed=seed, constraints_func=constraints
        )
    startup = max(3, min(10, trials // 3))
    return optuna.samplers.TPESampler(
        n_startup_trials=startup,
        seed=seed,
        constraints_func=constraints,
        multivariate=True,
        constant_liar=True,
    )
