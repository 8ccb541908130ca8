"""``cm doctor``: checks of an installation, each with the command that repairs what it found."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from cm_core.actions.finding import Finding
from cm_core.errors import CMError
from cm_core.model.result import Result

if TYPE_CHECKING:
    from pluggy import HookImpl

    from cm_core.session import Session

_LOWEST_PYTHON = (3, 11)


def examine(session: Session) -> Result:
    """Run all checks; the exit status is 1 if one fails.

    A check that itself breaks is a failure of that check, and the others still run.
    """
    findings: list[Finding] = []
    for name, check in (*_CHECKS.items(), *_checks_of_plugins(session)):
        try:
            findings += check(session)
        except CMError as error:
            findings.append(Finding(check=name, state="fail", text=str(error), fix=error.hint))
        # Whatever else breaks a check is just what the person wants to hear about.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            findings.append(Finding(check=name, state="fail", text=f"{type(error).__name__}: {error}"))
    lines = []
    for finding in findings:
        lines.append(f"{finding.state:<5} {finding.check}: {finding.text}")
        if finding.fix:
            lines.append(f"      fix: {finding.fix}")
    bad = any(finding.state == "fail" for finding in findings)
    return Result(data={"checks": findings}, lines=tuple(lines), exit_code=1 if bad else 0)


def _checks_of_plugins(session: Session) -> Iterator[tuple[str, _Check]]:
    # One by one: what one of them raises must not keep the others from being asked.
    for found in session.plugins.manager.hook.cm_check_health.get_hookimpls():
        yield found.plugin_name, partial(_asked, found)


def _asked(found: HookImpl, session: Session) -> Iterable[Finding]:
    given = {"session": session}
    answer = found.function(**{name: given[name] for name in found.argnames})
    findings = list(cast("Iterable[object]", answer))
    for finding in findings:
        if not isinstance(finding, Finding):
            raise TypeError(f"cm_check_health must return Finding objects, not {type(finding).__name__}")
    return cast("list[Finding]", findings)


def _python(_: Session) -> Iterator[Finding]:
    version = platform.python_version()
    good = sys.version_info[:2] >= _LOWEST_PYTHON
    lowest = ".".join(map(str, _LOWEST_PYTHON))
    yield Finding(
        check="python",
        state="ok" if good else "fail",
        text=f"{version} at {sys.executable}",
        fix="" if good else f"install Python {lowest} or newer and reinstall the toolkit with it",
    )


def _home(session: Session) -> Iterator[Finding]:
    from cm_core.actions import homechecks

    yield from homechecks.check_home(session)
    yield from homechecks.check_group(session)
    yield from homechecks.check_locks(session)
    yield from homechecks.check_shared(session)


def _plugins(session: Session) -> Iterator[Finding]:
    from cm_core.actions import pluginchecks

    yield from pluginchecks.check_plugins(session)


def _leftovers(session: Session) -> Iterator[Finding]:
    # After the index, which names the metadata that nobody can read.
    from cm_core.actions import pluginchecks

    yield from pluginchecks.check_mistakes(session)
    yield from pluginchecks.check_leftovers(session)


def _repositories(session: Session) -> Iterator[Finding]:
    missing = [path for path in session.repos.registered_paths() if not path.is_dir()]
    for path in missing:
        yield Finding(
            check="repositories",
            state="warn",
            text=f"{path} is registered but missing",
            fix=f"mount it again, or forget it: cm rm repo {path}",
        )
    names = [repo.alias for repo in session.repos.list()]
    yield Finding(check="repositories", state="ok", text=", ".join(names) or "none yet")


def _index(session: Session) -> Iterator[Finding]:
    before = len(session.warnings)
    session.index.refresh()
    broken = session.warnings[before:]
    for problem in broken:
        yield Finding(check="metadata", state="warn", text=problem, fix="correct this file")
    file = session.database.file
    if file is None and session.home.path.is_dir():
        yield Finding(
            check="index",
            state="warn",
            text="kept in memory because no file can be written, so every command reads all metadata",
            fix=f"make {session.home.path} writable, or set CM_REPOS or XDG_CACHE_HOME to another disk",
        )
        return
    (verdict,) = session.database.connection.execute("PRAGMA quick_check").fetchone()
    (count,) = session.database.connection.execute("SELECT count(*) FROM artifact").fetchone()
    healthy = verdict == "ok"
    private = f", in a copy of your own: {file}" if file and file != session.home.index_file else ""
    yield Finding(
        check="index",
        state="ok" if healthy else "fail",
        text=f"{count} artifacts{private}" if healthy else f"damaged: {verdict}",
        fix="" if healthy else f"remove {file}; it will be rebuilt",
    )


def install_command(package: str, session: Session) -> str:
    """The command that installs a system package here, if that can be determined."""
    from cm_core.base.process import find_program

    managers = {
        "apt-get": "sudo apt-get install",
        "dnf": "sudo dnf install",
        "brew": "brew install",
        "winget": "winget install",
    }
    known = next((command for program, command in managers.items() if find_program(program, session.env)), "")
    return f"{known} {package}" if known else f"install {package} with your system's package manager"


_Check = Callable[["Session"], Iterable[Finding]]
_CHECKS: dict[str, _Check] = {
    "python": _python,
    "home": _home,
    "plugins": _plugins,
    "repositories": _repositories,
    "index": _index,
    "leftovers": _leftovers,
}
