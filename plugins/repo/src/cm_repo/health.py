"""What ``cm doctor`` says about repositories: git, and those of a home of the original."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.actions import Finding, install_command
from cm_core.base import ProgramHangsError, ask_program, find_program

if TYPE_CHECKING:
    from cm_core import Session


def check(session: Session) -> Iterator[Finding]:
    """Whether repositories can be pulled, and whether some wait to be registered."""
    yield _git(session)
    yield from _original(session)


def _git(session: Session) -> Finding:
    git = find_program("git", session.env)
    if git is None:
        return Finding(
            check="git",
            state="warn",
            text="not found; repositories can be used, but not pulled with git",
            fix=install_command("git", session),
        )
    try:
        said = ask_program([git, "--version"], env=session.env, check=False).stdout.strip()
    except ProgramHangsError as error:
        return Finding(check="git", state="warn", text=error.message, fix=error.hint)
    return Finding(check="git", state="ok", text=f"{said or 'found'} at {git}")


def _original(session: Session) -> Iterator[Finding]:
    """Homes of the original with repositories that are not registered here."""
    known = {path.resolve() for path in session.repos.registered_paths()}
    for home in _homes_of_the_original(session):
        listed: Any = None
        with contextlib.suppress(OSError, ValueError):
            listed = json.loads((home / "repos.json").read_text(encoding="utf-8"))
        entries = listed if isinstance(listed, list) else []
        folders = [home / "repos" / str(entry) for entry in entries]
        new = [
            str(folder)
            for folder in folders
            if folder.is_dir() and folder.name != "local" and folder.resolve() not in known
        ]
        if not new:
            continue
        if session.plugins.automation("home", ""):
            fix = f"cm import home {home} (add --cache to use its cached results too)"
        else:
            fix = "; ".join(f"cm import repo --path={folder}" for folder in new)
        which = "repository" if len(new) == 1 else "repositories"
        yield Finding(
            check="original",
            state="warn",
            text=f"the original tool has a home at {home} with the {which} {', '.join(new)}",
            fix=fix,
        )


def _homes_of_the_original(session: Session) -> list[Path]:
    user = session.env.get("HOME") or session.env.get("USERPROFILE")
    candidates = [session.home.path, *([Path(user) / "CM"] if user else [])]
    return [home for home in dict.fromkeys(candidates) if (home / "index.json").is_file()]
