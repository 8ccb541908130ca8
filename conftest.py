"""Options and helpers that tests of all distributions share."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["terminals"]

# pytest names a test module after its folder (cm_cache.tests.test_key). Were the folder's package not
# loaded yet, the folder itself would take its name.
for package in ("cm_core", "cm_cache", "cm_script", "cm_mlperf"):
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(package)

# A shell starts background jobs with Ctrl-C ignored, and programs started from them inherit that; tests send
# real interrupts.
with contextlib.suppress(ValueError):  # not the main thread
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Who leaves the slow tests out wants an answer soon; all tests together try the usual hundred examples.
settings.register_profile("quick", settings.get_profile("patient"), max_examples=20)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("quick" if "not slow" in config.option.markexpr else "patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cm toolkit")
    group.addoption("--wheels", type=Path, help="folder with built wheels, for tests/packaging")
    group.addoption("--repo", type=Path, help="checkout of a public repository, for tests/conformance")
    group.addoption("--also", type=Path, action="append", default=[], help="a repository that it needs")
    group.addoption("--oracle", type=Path, help="recorded answers of the original, for tests/conformance")
    group.addoption("--peer", type=Path, help="Python that has the original, for tests/conformance")
    group.addoption("--ck", type=Path, help="checkout of mlcommons/ck, for tests/conformance")
    group.addoption("--mlperf-results", type=Path, help="published MLPerf results, for tests/conformance")
    group.addoption("--mlperf-checker", type=Path, help="a clone of mlcommons/inference")


@pytest.fixture(scope="session")
def used_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To be copied: a home in which commands have run, so that it knows the plugins and their recipes."""
    from cm_core import Session
    from cm_core.testing.fixtures import CommandRunner, _clean_environment

    folder = tmp_path_factory.mktemp("used")
    home = folder / "cm-home"
    home.mkdir()
    env = _clean_environment(home)
    CommandRunner(home=home, cwd=folder, env=env)("find", "script")
    # This process has other folders on its path, so plugins are found for it once more.
    with contextlib.closing(Session(env=env, cwd=folder)) as session:
        session.find("script")
    return home


@pytest.fixture
def cm_home(cm_home: Path, used_home: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the used home; in tests across distributions, and where so marked, there is none at first."""
    across = request.path.is_relative_to(Path(__file__).parent / "tests")
    if not across and request.node.get_closest_marker("first_use") is None:
        shutil.copytree(used_home, cm_home)
    return cm_home


@pytest.fixture
def need_tool() -> Callable[[str], str]:
    """Path of an external program; without it the test is skipped, or fails where it is promised.

    CM_TEST_REQUIRE lists what a machine promises to have ("docker,podman"), so that a missing engine
    cannot turn into a silent skip there.
    """

    def need(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            _do_without(name, f"{name} is not on the PATH")
        return str(path)

    return need


@pytest.fixture
def need_engine(need_tool: Callable[[str], str]) -> Callable[[str], str]:
    """Name of a container engine that can run our base image; else as with :func:`need_tool`."""

    def need(name: str) -> str:
        need_tool(name)
        if problem := _problem_of_engine(name):
            _do_without(name, f"{name} does not work here: {problem}")
        return name

    return need


@functools.cache
def _problem_of_engine(name: str) -> str:
    """Why it cannot run the base image; some only say so when they run something."""
    from cm_docker.settings import DEFAULT_OS, DEFAULT_VERSION

    network = [f"--network={os.environ['CM_DOCKER_NETWORK']}"] if "CM_DOCKER_NETWORK" in os.environ else []
    words = [name, "run", "--rm", *network, f"{DEFAULT_OS}:{DEFAULT_VERSION}", "true"]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    return answer.stderr.strip()[-200:] if answer.returncode else ""


def _do_without(engine: str, reason: str) -> NoReturn:
    """Skip what needs an engine, or fail where the machine promises it."""
    promised = {part.strip() for part in os.environ.get("CM_TEST_REQUIRE", "").split(",")}
    if engine in promised:
        pytest.fail(f"CM_TEST_REQUIRE promises {engine}, but {reason}")
    pytest.skip(reason)


class SlurmCluster:
    """A real Slurm of two nodes, ``n1`` and ``n2``, on this machine.

    Attributes:
        env: variables that its commands need.
    """

    tool = Path(__file__).parent / "tools" / "slurm.sh"

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self.env = {"SLURM_CONF": str(folder / "slurm.conf")}
        self._tool("start", *settings)

    def call(self, *words: str) -> str:
        """What one of Slurm's commands prints."""
        env = {**os.environ, **self.env}
        return subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout

    def lose(self, node: str) -> None:
        """End all that runs on a node, Slurm's own processes too."""
        self._tool("lose", node)

    def stop(self) -> None:
        """End it."""
        self._tool("stop")

    def _tool(self, action: str, *words: str) -> None:
        command = [self.tool, action, self.folder, *words]
        # Files, not pipes: the daemons keep what they inherit.
        with (self.folder.parent / f"{self.folder.name}-{action}.log").open("w") as log:
            done = subprocess.run(command, check=False, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            pytest.fail(f"slurm.sh {action}: {Path(log.name).read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def slurm_clusters() -> Iterator[Callable[..., SlurmCluster]]:
    """A factory of Slurm clusters: ``slurm_clusters("MaxJobCount=4")``; they end with the session."""
    for program in ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel"):
        if shutil.which(program) is None:
            _do_without("slurm", f"Slurm is not installed: there is no {program} (tools/slurm.sh install)")
    started: list[SlurmCluster] = []
    # The name of munge's socket may not be long.
    with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as folder:

        def start(*settings: str) -> SlurmCluster:
            started.append(SlurmCluster(Path(folder) / str(len(started)), *settings))
            return started[-1]

        yield start
        for cluster in started:
            cluster.stop()


@pytest.fixture(scope="session")
def slurm_cluster(slurm_clusters: Callable[..., SlurmCluster]) -> SlurmCluster:
    """One that the tests of a session share; who breaks it starts one of its own."""
    return slurm_clusters()


@pytest.fixture
def make_scripts(make_repo: Callable[..., Path]) -> Callable[..., Path]:
    """A factory of repositories of scripts, files included; it does not register them.

    ``make_scripts("mine", {"hello": {"tags": ["hello"], "run.sh": "echo hello"}})``: keys with a suffix are
    files beside the metadata, the tags are the words of the alias unless given.
    """

    def make(alias: str, scripts: Mapping[str, Mapping[str, Any]], **options: Any) -> Path:
        metas = {
            f"script/{name}": {
                "tags": name.split("-"),
                **{key: value for key, value in facts.items() if not _is_file(key)},
            }
            for name, facts in scripts.items()
        }
        root = make_repo(alias, metas, **options)
        for name, facts in scripts.items():
            for key, text in facts.items():
                if _is_file(key):
                    (root / "script" / name / key).write_text(text, encoding="utf-8")
        return root

    return make


def _is_file(key: str) -> bool:
    return key.endswith((".sh", ".py", ".txt"))


class _FileHandler(SimpleHTTPRequestHandler):
    """Serves files, with ranges, and can hang up in the middle of a body."""

    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        server: Any = self.server
        path = Path(self.translate_path(self.path))
        server.requests.append((path.name, self.headers.get("Range", ""), self.headers.get("If-Range", "")))
        server.authorizations.append(self.headers.get("Authorization", ""))
        if server.statuses:
            self.send_error(server.statuses.pop(0))
            return
        if path.name in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[path.name])
            self.end_headers()
            return
        if not path.is_file():
            self.send_error(404)
            return
        body, start = path.read_bytes(), 0
        wanted = self.headers.get("Range", "")
        same = self.headers.get("If-Range", server.etag) == server.etag
        if wanted and server.ranges and same:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[start:]
        self.send_header("Content-Length", str(len(rest)))
        if server.type:
            self.send_header("Content-Type", server.type)
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        if server.cuts:
            rest = rest[: server.cuts.pop(0)]
        self.wfile.write(rest)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Any]:
    """A server of the files in ``serve.folder``.

    ``serve.cuts`` lists after how many bytes the next answers break off, ``serve.statuses`` how the next ones
    refuse, ``serve.redirects`` where a name leads instead, ``serve.type`` of what kind they are;
    ``serve.requests`` and ``serve.authorizations``
    say what was asked.
    """
    folder = tmp_path / "served"
    folder.mkdir()
    server: Any = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_FileHandler, directory=str(folder))
    )
    server.cuts, server.requests, server.ranges, server.etag = [], [], True, '"first"'
    server.type = ""
    server.statuses, server.redirects, server.authorizations = [], {}, []
    server.folder, server.url = folder, f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run_recipe(run_cm: Any) -> Callable[..., SimpleNamespace]:
    """Run a recipe by the command line; status, the JSON document, and what went to stderr."""

    def run(*words: str, **options: Any) -> SimpleNamespace:
        done = run_cm("run", "script", *words, "--quiet", "--out=json", **options)
        document = done.json()
        return SimpleNamespace(
            status=done.status,
            stderr=done.stderr,
            error=document.get("error", ""),
            hint=document.get("hint", ""),
            new_env=document.get("new_env", {}),
            new_state=document.get("new_state", {}),
        )

    return run
