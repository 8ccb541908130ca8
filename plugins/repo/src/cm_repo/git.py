"""The ``git`` program, called with argument lists, checked, and without ever showing a token."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from cm_core import CMError, NotFoundError, frozen
from cm_core.base import Completed, describe_status, find_program, redact, run_command
from cm_repo.urls import Credentials

# Inherited from a git hook, these would make git work on another repository than the one we name.
_FOREIGN_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_TRACE_REDACT",
        "GIT_WORK_TREE",
    }
)
_PROTOCOLS = "https:http:ssh:file"
_ASIDES = ("hint:", "warning:")
_ERRORS = ("fatal:", "error:")
_MOST_FILES = 3
_LOCK_FILE = r"Unable to create '(.+\.lock)': File exists"


@frozen
class CloneState:
    """Where a work tree stands; empty strings for what it does not have.

    Attributes:
        url: of the remote ``origin``, without credentials.
        branch: empty when a fixed commit is checked out.
        commit: full id; empty before the first commit.
    """

    url: str
    branch: str
    commit: str


class Git:
    """Runs git.

    Args:
        env: the environment of the session.
        credentials: for the server; they reach git in variables, never as arguments or in files.
        url: where the credentials may be sent to.
        follow_redirects: whether a server may send git to another address.

    Raises:
        NotFoundError: when git is not installed.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        credentials: Credentials | None = None,
        url: str = "",
        follow_redirects: bool = True,
    ) -> None:
        program = find_program("git", env)
        if program is None:
            raise NotFoundError(
                "git is needed for this and is not installed",
                hint="install git, or download a zip of the repository and use: cm pull repo FILE.zip",
            )
        self._program = program
        self._secrets = credentials.secrets if credentials else ()
        settings: dict[str, str] = {}
        if credentials:
            settings[f"http.{_server_of(url)}.extraHeader"] = credentials.header
        if credentials or not follow_redirects:
            # git would send the header to wherever the server points it.
            settings["http.followRedirects"] = "false"
        self._env = _environment(env, settings)

    def clone(self, url: str, target: Path, *, branch: str = "", depth: int = 0) -> None:
        """Clone into a folder that does not exist or is empty.

        Raises:
            CMError: when git cannot; the folder may hold a part then.
        """
        options = [f"--branch={branch}"] if branch else []
        if depth:
            options += [f"--depth={depth}", "--no-single-branch"]
            if Path(url).is_absolute():
                # git ignores the depth of a plain path.
                url = Path(url).as_uri()
        self._run_checked(f"clone {url}", None, "clone", "--quiet", *options, "--", url, str(target))

    def pull(self, folder: Path) -> None:
        """Fetch the current branch and move it forward, or fail and leave everything as it was.

        Raises:
            CMError: when git cannot reach the server, or the branch and the remote one went apart.
        """
        self._run_checked(f"update {folder}", folder, "pull", "--quiet", "--ff-only")

    def fetch(self, folder: Path, revision: str = "") -> None:
        """Fetch all branches, or one revision (it becomes ``FETCH_HEAD``).

        Raises:
            CMError: when git cannot.
        """
        wanted = ["origin", revision] if revision else ["origin"]
        self._run_checked(
            f"fetch {revision or 'changes'} for {folder}", folder, "fetch", "--quiet", "--", *wanted
        )

    def checkout(self, folder: Path, revision: str, *, detach: bool = False) -> None:
        """Check out a branch, tag or commit that is there.

        Raises:
            CMError: when git does not know it or local changes are in the way.
        """
        options = ["--detach"] if detach else []
        self._run_checked(f"check out '{revision}'", folder, "checkout", "--quiet", *options, revision, "--")

    def create_branch(self, folder: Path, branch: str, start: str = "HEAD") -> None:
        """Create a branch and check it out.

        Raises:
            CMError: when it exists or the start is unknown.
        """
        what = f"create branch '{branch}'"
        self._run_checked(what, folder, "checkout", "--quiet", "--no-track", "-b", branch, start, "--")

    def set_origin(self, folder: Path, url: str) -> None:
        """Replace the URL of the remote ``origin``.

        Raises:
            CMError: when there is no such remote.
        """
        self._run_checked(f"change the origin of {folder}", folder, "remote", "set-url", "origin", "--", url)

    def return_to(self, folder: Path, commit: str) -> None:
        """Move the current branch back, keeping local changes.

        Raises:
            CMError: when git cannot.
        """
        self._run_checked(f"return to {commit[:12]}", folder, "reset", "--quiet", "--keep", commit)

    def commit_of(self, folder: Path, revision: str = "HEAD") -> str:
        """The full id of the commit that a revision names, ``""`` when there is none."""
        done = self._run(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        return done.stdout.strip() if done.status == 0 else ""

    def state_of(self, folder: Path) -> CloneState:
        """Where a work tree stands.

        Raises:
            CMError: when git refuses to look at it, which is not the same as having no origin and branch.
        """
        self._run_checked(f"read the clone {folder}", folder, "rev-parse", "--git-dir")
        url = self._run(folder, "remote", "get-url", "origin")
        branch = self._run(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
        return CloneState(
            url=redact(url.stdout.strip()) if url.status == 0 else "",
            branch=branch.stdout.strip() if branch.status == 0 else "",
            commit=self.commit_of(folder),
        )

    def has_upstream(self, folder: Path) -> bool:
        """Whether the current branch follows one on a server."""
        done = self._run(folder, "rev-parse", "--verify", "--quiet", "--abbrev-ref", "@{upstream}")
        return done.status == 0

    def changed_files(self, folder: Path) -> int:
        """How many files differ from the last commit, new ones included.

        Raises:
            CMError: when git cannot tell.
        """
        done = self._run_checked(f"read the changes in {folder}", folder, "status", "--porcelain")
        return len(done.stdout.splitlines())

    def unpublished_commits(self, folder: Path, revision: str = "--branches") -> int:
        """How many commits of all local branches, or of one revision, no server branch has."""
        done = self._run(folder, "rev-list", "--count", revision, "--not", "--remotes")
        return int(done.stdout) if done.status == 0 and done.stdout.strip().isdigit() else 0

    def _run(self, folder: Path | None, *words: str) -> Completed:
        return run_command([self._program, *words], cwd=folder, env=self._env, check=False)

    def _run_checked(self, what: str, folder: Path | None, *words: str) -> Completed:
        done = self._run(folder, *words)
        if done.status == 0:
            return done
        reason = redact(_reason(done.stderr), self._secrets) or describe_status(done.status)
        raise CMError(redact(f"cannot {what}: {reason}", self._secrets), hint=_hint(done.stderr))


def is_clone(folder: Path) -> bool:
    """Whether a folder is the top of a git work tree (a linked one has a file named ``.git``)."""
    return (folder / ".git").exists()


def _environment(env: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    own = {key: value for key, value in env.items() if key not in _FOREIGN_VARIABLES}
    count = int(own["GIT_CONFIG_COUNT"]) if own.get("GIT_CONFIG_COUNT", "").isdigit() else 0
    for number, (key, value) in enumerate(settings.items(), start=count):
        own[f"GIT_CONFIG_KEY_{number}"] = key
        own[f"GIT_CONFIG_VALUE_{number}"] = value
    own["GIT_CONFIG_COUNT"] = str(count + len(settings))
    # Messages are searched for known causes, so they come in one language.
    return own | {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": _PROTOCOLS, "LC_ALL": "C"}


def _reason(said: str) -> str:
    """What git says first, and its first error if that is another line, with the files that it lists."""
    lines = [line for line in said.splitlines() if line.strip() and not line.lower().startswith(_ASIDES)]
    errors = [number for number, line in enumerate(lines) if line.startswith(_ERRORS)]
    found = list(dict.fromkeys([0, *errors[:1]])) if lines else []
    if found and lines[found[-1]].rstrip().endswith(":"):
        found += range(found[-1] + 1, min(found[-1] + 1 + _MOST_FILES, len(lines)))
    return " / ".join(_printable(lines[number]) for number in found)


def _printable(line: str) -> str:
    # Servers choose a part of this text, and terminals obey control characters.
    return "".join(letter for letter in line.strip() if letter.isprintable())


def _server_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _hint(said: str) -> str:
    if held := re.search(_LOCK_FILE, said):
        return (
            f"if no other git is at work there, a killed one left it: rm {shlex.quote(_printable(held[1]))}"
        )
    causes = {
        "could not read Username": "if it is private, add --token_env=NAME with the variable of your token",
        "Authentication failed": "check the token and its permissions",
        "Could not resolve host": "check the network, or register a copy on disk: cm import repo --path=DIR",
        "Not possible to fast-forward": "merge or reset the clone by hand, or remove it and pull it again",
        "divergent": "merge or reset the clone by hand, or remove it and pull it again",
        "would be overwritten": "commit or undo your changes in the clone first",
        "dubious ownership": "the folder belongs to another user; if you trust it: git config --global --add"
        " safe.directory FOLDER",
        "no such ref was fetched": "the branch is gone from the server, or was renamed; name another:"
        " --branch=NAME",
        "redirect": "use the final URL of the repository, usually one that ends with .git",
        "not found": "check the name of the repository",
        "does not exist": "check the path or URL of the repository",
    }
    return next((hint for cause, hint in causes.items() if cause in said), "")
