"""Whole programs: generated scripts, real processes, a local file server."""

import contextlib
import functools
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from cm_core import Session
from cm_core.testing import CommandOutcome

_LIMIT_SECONDS = 120


class Workshop:
    """A home with generated scripts, and ``cm`` as processes of their own."""

    def __init__(self, run_cm, folder, make_scripts):
        self.run_cm, self.folder, self.home = run_cm, folder, run_cm.home
        self._make_scripts = make_scripts
        self.trace_file = folder.parent / "trace.txt"

    def add(self, scripts, alias="mine"):
        """Generate and register a repository; ``@trace`` in a file stands for the file of :attr:`trace`."""
        written = {
            name: {
                key: value.replace("@trace", str(self.trace_file)) if key.endswith((".sh", ".py")) else value
                for key, value in facts.items()
            }
            for name, facts in scripts.items()
        }
        session = Session(self.home, env=self.run_cm.env, cwd=self.folder)
        folder = self._make_scripts(alias, written, register=session)
        session.close()
        return folder

    def cm(self, *words, **options):
        """Run ``cm`` in the working folder and wait."""
        return self.run_cm(*words, **{"cwd": self.folder, **options})

    def start(self, *words, cwd=None, env=None, **options):
        """Start ``cm`` as the leader of a process group of its own."""
        settings = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "stdin": subprocess.DEVNULL,
            **options,
        }
        return subprocess.Popen(
            self.run_cm.argv(*words),
            cwd=cwd or self.folder,
            env={**self.run_cm.env, **(env or {})},
            text=True,
            start_new_session=True,
            **settings,
        )

    def together(self, lines, cwd=None):
        """Run several command lines at the same time; their outcomes in the same order."""
        processes = [
            self.start(*words, cwd=cwd(number) if cwd else None) for number, words in enumerate(lines)
        ]
        with ThreadPoolExecutor(len(processes)) as pool:
            ended = list(pool.map(lambda process: process.communicate(timeout=_LIMIT_SECONDS), processes))
        return [
            CommandOutcome(status=process.returncode, stdout=stdout, stderr=stderr)
            for process, (stdout, stderr) in zip(processes, ended, strict=True)
        ]

    @property
    def trace(self):
        """The lines that scripts have written since the last look."""
        if not self.trace_file.exists():
            return []
        lines = self.trace_file.read_text().splitlines()
        self.trace_file.unlink()
        return lines

    def entries(self, tags=""):
        """Cache entries that the index knows, finished or not."""
        words = [f"--tags={tags}"] if tags else []
        return self.cm("find", "cache", *words, "--out=json").json()["list"]

    def folders(self):
        """The folders of entries, and whatever lies in hidden folders beside them."""
        shelf = self.home / "repos" / "local" / "cache"
        hidden = [path for place in shelf.glob(".*/") for path in place.iterdir()]
        return sorted(path.name for path in (*shelf.glob("[!.]*"), *hidden))


@pytest.fixture
def workshop(run_cm, tmp_path, make_scripts):
    folder = tmp_path / "work"
    folder.mkdir()
    return Workshop(run_cm, folder, make_scripts)


@pytest.fixture
def processes():
    """Processes put in this list are ended with all their children when the test is over."""
    started: list[subprocess.Popen] = []
    yield started
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


@pytest.fixture
def serve(tmp_path):
    """A server of the files in ``serve.folder`` at ``serve.url``."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield SimpleNamespace(folder=folder, url=f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def one_sentence():
    """Checks that a command failed as it should: status, one sentence, no traceback."""

    def check(outcome, status, sentence=""):
        assert "Traceback" not in outcome.stderr + outcome.stdout
        errors = [line for line in outcome.stderr.splitlines() if line.startswith("CM error: ")]
        assert len(errors) == 1, outcome.stderr
        assert "this is a bug" not in outcome.stderr
        assert "internal error" not in outcome.stderr
        assert sentence.lower() in errors[0].lower()
        assert outcome.status == status, outcome.stderr
        return errors[0]

    return check
