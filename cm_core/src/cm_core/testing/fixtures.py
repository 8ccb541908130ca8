"""A pytest plugin for the toolkit and for everybody who writes a plugin of it.

``cm_home``, ``cm_session``, ``make_repo`` and ``run_cm`` work in a home of their own that nothing outlives.
``open_folder`` and ``as_nobody`` are for what a second user of the machine may and may not do.
``cm_leak_check`` fails a test that leaves the process's environment or current folder changed; switch it on
for all tests of a folder with ``pytestmark = pytest.mark.usefixtures("cm_leak_check")``.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cm_core.base.frozen import field, frozen

if TYPE_CHECKING:
    from cm_core.session import Session

_TIMEOUT_SECONDS = 300
_CM = "cm_core.cli:main"


@frozen
class CommandOutcome:
    """The outcome of a finished ``cm``: exit status and the two streams as text."""

    status: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """The JSON document on stdout; fails when there is anything else."""
        import json

        return json.loads(self.stdout)


@frozen
class CommandRunner:
    """Runs the real command line in a process of its own.

    Attributes:
        home: the home of the toolkit that the command sees.
        cwd: where it runs.
        env: the complete environment, without variables of the toolkit that the user has set.
    """

    home: Path
    cwd: Path
    env: Mapping[str, str] = field(repr=False)

    def __call__(
        self,
        *words: str,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        cwd: Path | None = None,
        program: str = _CM,
    ) -> CommandOutcome:
        """Run ``cm WORDS`` and wait for it.

        Args:
            env: variables to add.
            stdin: text to type; by default standard input is closed.
            program: its entry point; by default that of ``cm``.
        """
        import subprocess

        done = subprocess.run(
            self.argv(*words, program=program),
            cwd=cwd or self.cwd,
            env={**self.env, **(env or {})},
            **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        return CommandOutcome(status=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def argv(self, *words: str, program: str = _CM) -> list[str]:
        """The command line for :mod:`subprocess`, for tests that need the process itself."""
        module, _, function = program.partition(":")
        start = f"import sys; from {module} import {function}; sys.argv[0] = 'cm'; sys.exit({function}())"
        # Like the installed command it does not look for modules in the current folder.
        return [sys.executable, "-P", "-c", start, *words]


def contents(*folders: Path) -> dict[Path, str]:
    """Every file and folder below some folders, with a digest of its content: what no dry run changes.

    The index and the list of plugins are left out, which any command may bring up to date.
    """
    found: dict[Path, str] = {}
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if not path.name.startswith(("index.", "plugins-")):
            found[path] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return found


@pytest.fixture
def cm_home(tmp_path: Path) -> Path:
    """The folder of an empty home; the toolkit creates it at first use."""
    return tmp_path / "cm-home"


@pytest.fixture
def cm_session(cm_home: Path, tmp_path: Path) -> Iterator[Session]:
    """A session in the empty home that answers no questions; its current folder is ``tmp_path``."""
    from cm_core.session import Session

    session = Session(env=_clean_environment(cm_home), cwd=tmp_path)
    yield session
    session.close()


@pytest.fixture
def run_cm(cm_home: Path, tmp_path: Path) -> CommandRunner:
    """The real ``cm`` in the empty home, run from ``tmp_path``: ``run_cm("find", "repo").stdout``."""
    return CommandRunner(home=cm_home, cwd=tmp_path, env=_clean_environment(cm_home))


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Path]:
    """A factory of repositories; it does not register them.

    ``make_repo("mine", {"kind/hello": {"tags": ["hello"]}}, register=session)`` writes ``cmr.yaml`` and
    the metadata of each artifact (its alias and a UID are filled in) and returns the repository's folder.
    """

    def make(
        alias: str,
        artifacts: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        folder: Path | None = None,
        kinds: Mapping[str, str] | None = None,
        register: Session | None = None,
    ) -> Path:
        from cm_core.meta import dump_yaml
        from cm_core.model.identity import new_uid

        root = folder or tmp_path / "repositories" / alias
        root.mkdir(parents=True)
        (root / "cmr.yaml").write_text(
            dump_yaml({"alias": alias, "uid": new_uid(), "git": False}), encoding="utf-8"
        )
        for place, meta in (artifacts or {}).items():
            kind, _, name = place.rpartition("/")
            identity = {"alias": name, "uid": new_uid(), "automation_alias": kind}
            if uid := {**_uids_of_kinds(), **(kinds or {})}.get(kind):
                identity["automation_uid"] = uid
            path = root / place
            path.mkdir(parents=True)
            (path / "_cm.yaml").write_text(dump_yaml({**identity, **meta}), encoding="utf-8")
        if register is not None:
            register.repos.add(root)
        return root

    return make


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may enter."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="cm-test-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def as_nobody() -> Callable[[], AbstractContextManager[None]]:
    """Become a user whom permissions bind, for a block; skipped without root."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("needs root, to become somebody whom permissions bind")

    @contextmanager
    def become() -> Iterator[None]:
        groups = os.getgroups()
        os.setgroups([])
        os.setegid(65534)
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)

    return become


@pytest.fixture
def cm_leak_check() -> Iterator[None]:
    """Fails the test when it leaves ``os.environ`` or the current folder changed, after repairing both."""
    environment, folder = dict(os.environ), Path.cwd()
    yield
    after = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    environment.pop("PYTEST_CURRENT_TEST", None)
    changed = sorted(key for key in {*environment, *after} if environment.get(key) != after.get(key))
    moved = Path.cwd() != folder
    for key in changed:
        os.environ.pop(key, None)
        if key in environment:
            os.environ[key] = environment[key]
    os.chdir(folder)
    if changed:
        pytest.fail(f"the test left environment variables changed: {', '.join(changed)}")
    if moved:
        pytest.fail("the test left the current folder changed")


@functools.cache
def _uids_of_kinds() -> Mapping[str, str]:
    """The UIDs of all automations that plugins bring, so that a test need not look one up."""
    from cm_core.plugins.registry import PluginRegistry

    automations = PluginRegistry.load({}, Path(os.devnull)).automations
    return {name: automation.uid for name, automation in automations.items()}


def _clean_environment(home: Path) -> dict[str, str]:
    """This process's environment without what would make a test depend on its user."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CM_", "_CM_"))}
    # A foreign terminal width or language would change what help and messages look like.
    return {**kept, "CM_REPOS": str(home), "COLUMNS": "100", "PYTHONUTF8": "1", "NO_COLOR": "1"}
