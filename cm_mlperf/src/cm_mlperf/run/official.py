"""What the rules of a round ask of a run, looked at before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import CMError, replace
from cm_core.base import encode
from cm_mlperf.checking.before import Plan, check_before, check_seeds
from cm_mlperf.components.registry import offers
from cm_mlperf.loadgen.audits import COMPLIANCE
from cm_mlperf.loadgen.rounds import load
from cm_mlperf.loadgen.wheel import installed_seeds
from cm_mlperf.record.layout import OWN_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cm_core import Session
    from cm_mlperf.checking.finding import Finding
    from cm_mlperf.run.configuration import RunConfiguration
    from cm_mlperf.run.plan import Planner, TestPlan
    from cm_mlperf.run.target import Target

_DIGITS = "digits"


class NotOfficialError(CMError):
    """A run that is meant to be official could not be."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(
            f"the run could not be official: {first.key} must be {first.expected},"
            f" but is {first.found or 'not given'}",
            hint=first.fix,
            details={"findings": encode(findings)},
        )
        self.findings = tuple(findings)

    def explanation(self) -> list[str]:
        """All others."""
        return [
            f"also: {finding.key} must be {finding.expected},"
            f" but is {finding.found or 'not given'} ({finding.fix})"
            for finding in self.findings[1:]
        ]


def as_the_rules_ask(configuration: RunConfiguration, target: Target) -> tuple[RunConfiguration, Target]:
    """An official run of a mapped benchmark with as many samples as the benchmark has.

    Only for the digits of the demo, of which varied copies can be made: other data sets are what they are.
    """
    benchmark = load(configuration.round).find(target.benchmark) if target.benchmark else None
    if benchmark is None or configuration.level.name != "official":
        return configuration, target
    limits = configuration.limits
    if target.dataset.name == _DIGITS and "size" not in target.dataset.options:
        options = {**target.dataset.options, "size": benchmark.dataset_size}
        target = replace(target, dataset=replace(target.dataset, options=options))
    if not limits.performance_samples and target.dataset.name == _DIGITS:
        limits = replace(limits, performance_samples=benchmark.performance_samples)
    modes = configuration.modes
    if configuration.division == "closed":
        tests = [test for test in COMPLIANCE if test in benchmark.compliance]
        modes = tuple(dict.fromkeys([*modes, *tests]))
    return replace(configuration, limits=limits, modes=modes), target


def check_round(configuration: RunConfiguration, session: Session) -> None:
    """Refuse an official run of a benchmark that the round has dropped, or with a LoadGen of another round.

    This is before anything is downloaded or measured.

    Raises:
        NotFoundError: saying which round was the last with the benchmark.
        NotOfficialError: saying which round the installed LoadGen is of.
    """
    if configuration.level.name != "official":
        return
    _check_dropped(configuration, session)
    env = session.env
    if findings := check_seeds(load(configuration.round), installed_seeds(env)):
        raise NotOfficialError(findings)


def _check_dropped(configuration: RunConfiguration, session: Session) -> None:
    """A model of ours whose benchmark is gone; in the open division it may be measured all the same."""
    model = offers(session).model(configuration.model)
    if model and model.benchmark and not configuration.benchmark and configuration.division == "closed":
        load(configuration.round).benchmark(model.benchmark)


def check_official(
    planner: Planner, plans: Sequence[TestPlan], session: Session, *, submission: bool
) -> None:
    """Refuse a submission that would be rejected.

    What only matters for a submission is a warning otherwise. Shorter runs are never official anyway.

    Raises:
        NotOfficialError: saying what, and how to repair it.
    """
    configuration = planner.configuration
    if configuration.level.name != "official":
        return
    findings = check_before(_plan(planner, plans))
    errors = [finding for finding in findings if finding.severity == "error"]
    if submission and errors:
        raise NotOfficialError(errors)
    if planner.target.benchmark:
        for finding in findings:
            session.warn(
                f"for a submission, {finding.key} must be {finding.expected},"
                f" but is {finding.found or 'not given'}: {finding.fix}"
            )


def _plan(planner: Planner, plans: Sequence[TestPlan]) -> Plan:
    configuration, target, probe = planner.configuration, planner.target, planner.probe
    return Plan(
        round=load(configuration.round),
        division=configuration.division,
        category=configuration.category or "edge",
        submitter=configuration.submitter,
        system_name=configuration.system_name,
        model=target.name,
        benchmark=target.benchmark,
        dataset_size=probe.size,
        performance_samples=configuration.limits.performance_samples or probe.size,
        settings={plan.scenario: plan.conf for plan in plans if plan.mode == "performance"},
        compliance=tuple(mode for mode in configuration.modes if mode in COMPLIANCE),
        own=target.model_source == OWN_FILE,
        equivalent=configuration.equivalent,
    )
