"""Which engine builds and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import CMError, NotFoundError
from cm_core.base import find_named
from cm_docker.engine import ContainerEngine

if TYPE_CHECKING:
    from cm_core import Session


def known_engines(session: Session) -> dict[str, ContainerEngine]:
    """All engines by name, working or not, in the order in which they are tried."""
    answers = session.hooks.lists("cm_container_engines", ContainerEngine, session=session)  # type: ignore[type-abstract]
    engines = [engine for answer in answers for engine in answer]
    # Hooks of plugins that were loaded later answer first, but ours stand first.
    engines.sort(key=lambda engine: not type(engine).__module__.startswith("cm_docker."))
    named: dict[str, ContainerEngine] = {}
    for engine in engines:
        named.setdefault(engine.name, engine)
    return named


def engine_names(session: Session) -> list[str]:
    """The names of all engines, for completion."""
    return list(known_engines(session))


def known_engine(name: str, session: Session) -> ContainerEngine:
    """The engine of this name, working or not.

    Raises:
        NotFoundError: when there is none.
    """
    return find_named(name, known_engines(session), "container engine")


def choose_engine(name: str, session: Session) -> ContainerEngine:
    """The engine of this name, or the first that works.

    Raises:
        NotFoundError: when there is no such engine, or none at all is installed.
        CMError: when it does not work.
    """
    if name:
        engine = known_engine(name, session)
        problem, hint = engine.problem()
        if problem:
            kind = NotFoundError if "not installed" in problem else CMError
            raise kind(f"the container engine {problem}", hint=hint)
        return engine
    problems = []
    for engine in known_engines(session).values():
        problem, hint = engine.problem()
        if not problem:
            return engine
        problems.append((problem, hint))
    broken = [(problem, hint) for problem, hint in problems if "not installed" not in problem]
    hint = broken[0][1] if broken else "install docker, podman or apptainer"
    raise NotFoundError(
        f"no container engine works here: {'; '.join(problem for problem, _ in problems)}", hint=hint
    )


def working_engines(session: Session) -> list[ContainerEngine]:
    """All engines that work here."""
    return [engine for engine in known_engines(session).values() if not engine.problem()[0]]
