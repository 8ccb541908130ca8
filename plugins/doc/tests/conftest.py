"""Small scripts to write about."""

from __future__ import annotations

import pytest

from cm_core import Request, Session

POSTPROCESS = "def postprocess(i):\n    return {'return': 0, 'version': '1.5'}\n"
SCRIPTS = {
    "make-soup": {
        "name": "Make soup",
        "category": "Kitchen",
        "tags": ["make", "soup"],
        "input_mapping": {"salt": "CM_SALT"},
        "input_description": {"salt": {"desc": "how much", "default": 1, "choices": [1, 2]}},
        "default_env": {"CM_SALT": "1"},
        "new_env_keys": ["CM_SOUP*"],
        "deps": [
            {"tags": "get,pot", "names": ["pot"]},
            {"tags": "get,lid", "enable_if_env": {"CM_LID": ["yes"]}},
        ],
        "variations": {
            "hot": {"group": "heat", "default": True, "env": {"CM_HEAT": "9"}},
            "cold": {"group": "heat", "deps": [{"tags": "get,ice"}]},
            "for.#": {"env": {"CM_GUESTS": "#"}},
        },
        "run.sh": 'echo "soup with salt $CM_SALT"; echo "CM_SOUP=ready" > tmp-run-env.out',
    },
    "get-pot": {"tags": ["get", "pot"], "cache": True, "customize.py": POSTPROCESS},
    "get-lid": {"tags": ["get", "lid"]},
    "get-lid-of-glass": {"tags": ["get", "lid", "glass"]},
    "break": {"tags": ["break"], "run.sh": "echo crack; exit 3"},
}


class Kitchen:
    """A session in which the scripts are registered."""

    def __init__(self, session: Session, folder) -> None:
        self.session, self.folder = session, folder

    def call(self, action, kind, artifact="", **options):
        return self.session.call(Request(action=action, automation=kind, artifact=artifact, options=options))

    def doc(self, kind, artifact="", **options):
        return self.call("doc", kind, artifact, **options)

    def text(self, kind, artifact="", **options):
        return self.doc(kind, artifact, **options).data["text"]


@pytest.fixture
def kitchen(cm_session, tmp_path, make_scripts) -> Kitchen:
    cm_session.cwd = tmp_path / "work"
    cm_session.cwd.mkdir()
    make_scripts("kitchen", SCRIPTS, register=cm_session)
    return Kitchen(cm_session, cm_session.cwd)


@pytest.fixture
def add_plugin(cm_session):
    """Register functions as a plugin would have them in its module."""
    from types import ModuleType

    from cm_core import hookimpl
    from cm_core.plugins import EntryPoint

    def add(name, **hooks):
        module = ModuleType(f"plugin_{name}")
        module.cm_api_version = "1"
        for hook, function in hooks.items():
            setattr(module, hook, hookimpl(function))
        entry = EntryPoint(name=name, module=module.__name__, distribution=f"dist-{name}", version="2.0")
        info = cm_session.plugins.add(entry, module)
        assert info.problem == ""

    return add
