"""What a request wants to have explored: everything is checked here, before anything runs."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, UsageError, frozen, replace
from cm_core.base import decode, without_credentials
from cm_core.flags import read_flags
from cm_experiment.flags import Run
from cm_experiment.record.layout import Objective, Study
from cm_experiment.record.patterns import Rule
from cm_experiment.record.provenance import HIDDEN, Secrets
from cm_experiment.study.problem import Problem, Values
from cm_experiment.study.ranges import Domain, domain_of
from cm_experiment.study.template import Template
from cm_report.expressions import Expression

if TYPE_CHECKING:
    from cm_core import Request, Session

CURRENT_FOLDER = "CD"
STEP_NUMBER = "CM_EXPERIMENT_STEP"
PATHS = ("CM_EXPERIMENT_PATH", "CM_EXPERIMENT_PATH2", "CM_EXPERIMENT_PATH3")
_NAME = re.compile(r"[A-Za-z_]\w*")
_PROVIDED = (CURRENT_FOLDER, STEP_NUMBER, *PATHS)


@frozen
class Plan:
    """A study that can be run: what is recorded of it, and what is not.

    Attributes:
        study: as recorded, with stars for secrets.
        template: the command with its secrets.
        env: given variables of the environment, secrets included.
        folder: where the command line was typed.
    """

    study: Study
    template: Template
    problem: Problem
    rules: tuple[Rule, ...]
    env: Mapping[str, str]
    secrets: Secrets
    folder: Path

    @property
    def prune(self) -> bool:
        return bool(self.study.search.get("prune"))


def plan_request(request: Request, session: Session) -> Plan:
    """The plan of ``cm run experiment``.

    Raises:
        UsageError: when something in it cannot be understood, or a variable is not declared.
    """
    asked = read_flags(Run, request)
    template = Template.parse(request.unparsed or ())
    env = {key: str(value) for key, value in asked.env.items()}
    problem = _problem(asked, template)
    _warn_of_local_files(template, session)
    if misplaced := [word for word in template.words if word.startswith("--explore.")]:
        raise UsageError(
            f"{misplaced[0]} comes after --, so it belongs to the command", hint="write it before --"
        )
    template.check([*problem.space, *_point_names(problem), *env, *_PROVIDED])
    rules = _rules(asked.metric)
    secrets = Secrets({**session.env, **env}, template.words)
    study = Study(
        command=secrets.masked(template.words),
        shell=template.shell,
        space={name: domain.to_json() for name, domain in problem.space.items()},
        search=_search_record(asked, problem),
        objectives=tuple(problem.objectives),
        constraints=tuple(problem.constraints),
        metric_rules={rule.name: rule.pattern.pattern for rule in rules},
        repeat=asked.repeat,
        warmup=asked.warmup,
        timeout_s=asked.timeout,
        tags=tuple(map(without_credentials, asked.tags)),
        executor=asked.executor or "local",
        folder=str(session.cwd),
        started=time.time(),
        env=secrets.masked_values(env),
        record_env=asked.record_env,
    )
    return Plan(
        study=replace(study, digest=_digest(study, template)),
        template=template,
        problem=problem,
        rules=rules,
        env=env,
        secrets=secrets,
        folder=session.cwd,
    )


def plan_study(study: Study, session: Session) -> Plan:
    """The plan of a recorded run.

    Raises:
        CMError: when secrets of its command were not recorded.
    """
    env = {name: session.env.get(name, "") if value == HIDDEN else value for name, value in study.env.items()}
    if any(HIDDEN in word for word in study.command) or not all(env[name] for name in env if study.env[name]):
        raise CMError(
            "the command of this run contained secrets, which are not recorded",
            hint="type it again, or set the variables: cm run experiment NAME -- COMMAND",
        )
    points = tuple(study.search.get("points", ()))
    problem = Problem(
        space=decode(dict[str, Domain], study.space, source="the space of the study"),
        method=study.search.get("method", "grid"),
        points=points,
        trials=study.search.get("trials"),
        seed=study.search.get("seed", 0),
        objectives=study.objectives,
        constraints=study.constraints,
    )
    return Plan(
        study=study,
        template=Template(words=study.command, shell=study.shell, declared={}),
        problem=problem,
        rules=tuple(Rule.parse(name, pattern) for name, pattern in study.metric_rules.items()),
        env=env,
        secrets=Secrets({**session.env, **env}),
        folder=_folder_of(study, session),
    )


def _folder_of(study: Study, session: Session) -> Path:
    """``{{CD}}`` of a recorded run; on another machine, the current folder takes its place."""
    folder = Path(study.folder or session.cwd)
    if folder.is_dir() or not any(f"{{{{{CURRENT_FOLDER}}}}}" in word for word in study.command):
        return folder
    session.warn(f"there is no folder {folder} here, so {{{{{CURRENT_FOLDER}}}}} is {session.cwd}")
    return session.cwd


def _warn_of_local_files(template: Template, session: Session) -> None:
    """A file is not found by its bare name, since each step runs in a folder of its own."""
    for word in () if template.shell else template.words:
        if "." in word and not Path(word).is_absolute() and (session.cwd / word).is_file():
            session.warn(
                f"{word} is a file here, but each step runs in its own folder; write {{{{CD}}}}/{word}"
            )


def _problem(asked: Run, template: Template) -> Problem:
    given = asked.explore or {}
    points: tuple[Values, ...] = ()
    if isinstance(given, list):
        points, given = _points(given), {}
    if not isinstance(given, Mapping):
        raise UsageError(
            "--explore needs variables", hint="write --explore.NAME=1,2,4, or a file @input.yaml"
        )
    space = {str(name): domain_of(str(name), values) for name, values in given.items()}
    space |= {name: domain_of(name, values) for name, values in template.declared.items()}
    _check_names([*space, *(points[0] if points else ())])
    if points and space:
        raise UsageError("the points are already listed, so the command cannot declare variables")
    return Problem(
        space=space,
        method=_method(asked, is_list=bool(points)),
        points=points,
        trials=asked.trials,
        seed=asked.seed,
        objectives=_objectives(asked),
        constraints=tuple(Expression.parse(text).text for text in asked.constraint),
    )


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise UsageError(f"'{name}' is not a valid variable name", hint="use letters, digits and _")
        if name in _PROVIDED:
            raise UsageError(f"the name {name} is reserved", hint="choose another name")


def _method(asked: Run, *, is_list: bool) -> str:
    method = asked.search or ("list" if is_list else "grid")
    if asked.trials and method in ("grid", "list"):
        raise UsageError(
            f"--trials has no effect with --search={method}, which runs all points",
            hint="add: --search=random",
        )
    if is_list and method != "list":
        raise UsageError(f"the points are listed, so --search={method} has nothing to choose")
    return method


def _points(given: list[Any]) -> tuple[Values, ...]:
    for item in given:
        if not isinstance(item, Mapping) or not item:
            raise UsageError("a list of points needs variables with values", hint="write: - {BATCH: 1}")
        if item.keys() != given[0].keys():
            raise UsageError("all points of a list need the same variables")
    return tuple(
        {str(name): domain_of(str(name), [value]).values[0] for name, value in item.items()} for item in given
    )


def _point_names(problem: Problem) -> tuple[str, ...]:
    return tuple(problem.points[0]) if problem.points else ()


def _objectives(asked: Run) -> tuple[Objective, ...]:
    small = [Objective(metric=name, direction="minimize") for name in asked.minimize]
    large = [Objective(metric=name, direction="maximize") for name in asked.maximize]
    names = [objective.metric for objective in (*small, *large)]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"the metric {name} is given twice as an objective")
    # The one typed first counts most; what was given is in the order of the request.
    typed = [name for name in vars(asked) if name in ("minimize", "maximize")]
    return (*large, *small) if typed[:1] == ["maximize"] else (*small, *large)


def _rules(given: object) -> tuple[Rule, ...]:
    if isinstance(given, Mapping):
        return tuple(Rule.parse(str(name), str(pattern)) for name, pattern in given.items())
    if given is True:
        raise UsageError("--metric needs a value", hint="write --metric NAME='([0-9.]+) samples/s'")
    rules = []
    for text in map(str, given if isinstance(given, list | tuple) else [given] if given else []):
        name, equals, pattern = text.partition("=")
        if not equals or not name.strip() or not pattern:
            raise UsageError(
                f"--metric {text} has no pattern", hint="write --metric NAME='([0-9.]+) samples/s'"
            )
        rules.append(Rule.parse(name.strip(), pattern))
    return tuple(rules)


def _search_record(asked: Run, problem: Problem) -> dict[str, Any]:
    record: dict[str, Any] = {
        "method": problem.method,
        "trials": problem.trials,
        "seed": problem.seed if problem.method in ("random", "tpe", "nsga2") else None,
        "budget_s": asked.budget,
        "prune": asked.prune or None,
        "points": [dict(point) for point in problem.points] or None,
    }
    if record["prune"] and not problem.objectives:
        raise UsageError("--prune needs a metric to judge by", hint="add: --minimize METRIC")
    return {key: value for key, value in record.items() if value is not None}


def _digest(study: Study, template: Template) -> str:
    """Equal for requests of which the second continues the first."""
    facts = {
        "command": study.command,
        "shell": study.shell,
        "space": study.space,
        "search": {key: value for key, value in study.search.items() if key != "budget_s"},
        "objectives": [(objective.metric, objective.direction) for objective in study.objectives],
        "constraints": study.constraints,
        "rules": study.metric_rules,
        "repeat": (study.repeat, study.warmup),
        "env": study.env,
        "folder": study.folder if CURRENT_FOLDER in template.names else "",
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
