"""Plugins that watch requested runs."""

from types import ModuleType

import pytest

from cm_core import AddedFlags, CMError, UsageError, hookimpl
from cm_core.flags import Flags, switch
from cm_core.plugins import EntryPoint
from cm_script.errors import ScriptFailedError
from cm_script.observers import Transcript

SCRIPTS = {
    "main": {
        "tags": ["main"],
        "deps": [{"tags": "child"}],
        "variations": {"fast": {"group": "speed", "default": True}},
        "input_mapping": {"size": "CM_SIZE"},
        "run.sh": 'echo "size $CM_SIZE"',
    },
    "child": {"run.sh": "echo from the child"},
    "other-main": {"tags": ["main", "other"], "variations": {"fast": {}}},
    "fails": {"run.sh": "echo before; exit 3"},
}


@pytest.fixture
def watch(lab):
    """Register an observer; what it hears is in the list that is returned."""
    lab.add(SCRIPTS)

    def add(*, refuse="", fail="", files=()):
        heard, module = [], ModuleType("plugin_watch")

        def observe(request, session):
            if not request.options.get("watch"):
                return None
            if refuse:
                raise UsageError(refuse)

            def hear(run):
                heard.append(run)
                if fail:
                    raise CMError(fail)
                return files

            return hear

        class Watch(Flags):
            watch = switch("watch")

        module.cm_api_version = "1"
        module.cm_observe_run = hookimpl(observe)
        module.cm_register_flags = hookimpl(
            lambda: [AddedFlags(action="run", automation="script", flags=Watch)]
        )
        info = lab.session.plugins.add(
            EntryPoint(name="watch", module="plugin_watch", distribution="dist-watch", version="1"), module
        )
        assert info.problem == ""
        return heard

    return add


def test_what_an_observer_hears(watch, lab):
    heard = watch(files=[lab.folder / "report"])
    data = lab.run(artifact="main", watch=True, size="5", env={"CM_X": "1"})
    (run,) = heard
    assert run.script.alias == "main"
    assert run.variations == ("fast",)
    assert run.command == ("cm", "run", "script", "main", "--size=5", "--env.CM_X=1")
    assert run.inputs["size"] == "5"
    assert "watch" not in run.inputs
    assert [step.artifact.alias for step in run.steps] == ["child", "main"]
    assert run.output == "size 5\n"
    assert (run.folder, run.error) == (lab.folder, None)
    assert data["written"] == [str(lab.folder / "report")]
    assert self_warnings(lab) == []


def self_warnings(lab):
    return [warning for warning in lab.session.warnings if "--watch" in warning]


def test_the_command_names_what_was_chosen(watch, lab):
    heard = watch()
    lab.quiet(quiet=True)
    lab.run("main _fast", watch=True)
    assert heard[0].command[:3] == ("cm", "run", "script")
    assert heard[0].command[3].startswith("main,")
    assert "--tags=_fast" in heard[0].command


def test_nobody_is_told_who_did_not_ask(watch, lab):
    heard = watch()
    data = lab.run(artifact="main")
    assert heard == []
    assert "written" not in data


def test_an_observer_can_refuse(watch, lab):
    watch(refuse="not today")
    with pytest.raises(UsageError, match="not today"):
        lab.run(artifact="main", watch=True)
    assert lab.listener.started == []


def test_failures_are_told(watch, lab):
    heard = watch(files=[lab.folder / "report"])
    with pytest.raises(ScriptFailedError):
        lab.run("fails", watch=True)
    assert isinstance(heard[0].error, ScriptFailedError)
    assert heard[0].output == "before\n"
    assert f"wrote {lab.folder / 'report'}" in lab.listener.messages


def test_an_observer_does_not_hide_the_failure(watch, lab):
    watch(fail="disk is full")
    with pytest.raises(ScriptFailedError):
        lab.run("fails", watch=True)
    assert any("disk is full" in text for text in lab.listener.messages)
    with pytest.raises(CMError, match="disk is full"):
        lab.run("child", watch=True)


def test_secrets_stay_out(watch, lab):
    heard = watch()
    lab.run(artifact="main", watch=True, size="pass-phrase", my_token="pass-phrase", url="https://a:b@c/d")
    assert heard[0].output == "size ***\n"
    assert "my_token" not in heard[0].inputs
    assert heard[0].inputs["url"] == "https://***@c/d"


def test_of_long_texts_the_end_is_kept():
    transcript = Transcript()
    for number in range(100_000):
        transcript.add(f"line {number}\n")
    text = transcript.text()
    assert text.startswith("[…]\nline ")
    assert text.endswith("line 99999\n")
    assert len(text) < 250_000
