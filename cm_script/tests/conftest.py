"""Running small generated scripts in this process."""

import dataclasses
from pathlib import Path

import pytest

from cm_core import NullReporter, Request, Session


class Listener(NullReporter):
    """A reporter that remembers what it was told."""

    def __init__(self):
        self.started, self.finished, self.messages, self.summaries, self.text = [], [], [], [], ""

    def step_started(self, step):
        self.started.append(step)

    def step_finished(self, step, status, seconds, note=""):
        self.finished.append((step.title, status, note))

    def output(self, step, text):
        self.text += text

    def message(self, text, level="info"):
        self.messages.append(text)

    def summary(self, ended, *, tree=False):
        self.summaries.append([record.step.title for record in ended] if tree else len(ended))


class Lab:
    """A home, a working folder and a session; scripts write what they do into a file."""

    def __init__(self, home, folder, env, make_scripts):
        self.home, self.folder, self.env = home, folder, env
        self._make_scripts = make_scripts
        self._trace = folder.parent / "trace.txt"
        self.listener = Listener()
        self.session = Session(env=env, cwd=folder, reporter=self.listener)

    def add(self, scripts, alias="mine"):
        """Generate and register a repository; ``@trace`` in a file stands for the file of :attr:`trace`."""
        written = {
            name: {
                key: value.replace("@trace", str(self._trace)) if key.endswith((".sh", ".py")) else value
                for key, value in facts.items()
            }
            for name, facts in scripts.items()
        }
        return self._make_scripts(alias, written, register=self.session)

    def run(self, tags="", artifact="", action="run", **options):
        """Run a script and give its data; ``result`` keeps the whole answer."""
        if tags:
            options["tags"] = tags.replace(" ", ",")
        request = Request(action=action, automation="script", artifact=artifact, options=options)
        self.result = self.session.call(request)
        return self.result.data

    def quiet(self, **changes):
        """From now on questions are answered so."""
        self.session.interaction = dataclasses.replace(self.session.interaction, **changes)

    @property
    def trace(self):
        """The lines that scripts have written since the last look."""
        if not self._trace.exists():
            return []
        lines = self._trace.read_text().splitlines()
        self._trace.unlink()
        return lines

    def entries(self, tags=""):
        """Folders of the cache, running entries too."""
        found = self.session.find("cache", "", tags)
        return sorted(artifact.path for artifact in found)

    @property
    def cache_folder(self):
        return self.home / "repos" / "local" / "cache"


@pytest.fixture
def lab(cm_home, tmp_path, run_cm, make_scripts) -> Lab:
    folder = tmp_path / "work"
    folder.mkdir()
    made = Lab(cm_home, folder, dict(run_cm.env), make_scripts)
    yield made
    made.session.close()
    assert Path.cwd() != folder
