"""Plugins as strangers install them: good ones work, bad ones are switched off and named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cm_core.testing import CommandRunner

GOOD = '''
import click
from cm_core import Action, Automation, Result, hookimpl
from cm_core.flags import Flags, switch, text

cm_api_version = "1"

class Shout(Flags):
    volume = text("how loud")

class Run(Flags):
    fail = switch("fail")

@hookimpl
def cm_register_automations():
    shout = Action(name="shout", automation="parrot", help="say it loudly", handler="good_plugin:shout",
                   synonyms=("yell",), flags=Shout)
    return [Automation(name="parrot", uid="00000000000000aa", help="repeats what it hears", actions=(shout,),
                       flags={"run": Run})]

@hookimpl
def cm_register_actions():
    return [Action(name="feed", automation="*", help="feed it", handler="good_plugin:feed")]

@hookimpl
def cm_run(request, session):
    if request.options.get("fail"):
        return 1 / 0
    print("noise on stdout")
    return Result(data={"said": request.artifact, "options": dict(request.options)}, lines=(request.artifact,))

@hookimpl
def cm_register_commands(group):
    @group.command("greet")
    @click.argument("name")
    def greet(name):
        """Greet somebody."""
        click.echo(f"hello {name}")

    @group.command("explode")
    def explode():
        raise RuntimeError("two\\nlines")

def shout(request, session):
    return Result(lines=(request.artifact.upper(),))

def feed(request, session):
    return Result(lines=("fed " + request.automation,))
'''
BAD = {
    "does_not_import": "import no_such_module_anywhere\n",
    "misspelt": 'from cm_core import hookimpl\ncm_api_version = "1"\n@hookimpl\ndef cm_fnd(request, session): ...\n',
    "from_the_future": 'cm_api_version = "99"\n',
    "without_version": "\n",
    "thief": (
        'from cm_core import Automation, hookimpl\ncm_api_version = "1"\n@hookimpl\n'
        'def cm_register_automations():\n    return [Automation(name="script", uid="1", help="mine")]\n'
    ),
}


def install(folder: Path, name: str, text: str) -> None:
    """Put a distribution with one plugin into a folder for PYTHONPATH."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}_plugin.py").write_text(text)
    info = folder / f"{name}_dist-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text(f"[cm]\n{name} = {name}_plugin\n")


@pytest.fixture
def run_with(run_cm: CommandRunner, tmp_path: Path) -> CommandRunner:
    folder = tmp_path / "installed"
    install(folder, "good", GOOD)
    env = {**run_cm.env, "PYTHONPATH": str(folder)}
    return CommandRunner(home=run_cm.home, cwd=run_cm.cwd, env=env)


def test_the_verbs_of_a_plugin(run_with: CommandRunner) -> None:
    assert run_with("run", "parrot", "hello").stdout == "noise on stdout\nhello\n"
    assert run_with("shout", "parrot", "hello").stdout == "HELLO\n"
    assert run_with("yell", "parrot", "hello").stdout == "HELLO\n"
    assert run_with("feed", "script").stdout.startswith("fed script")


def test_noise_of_a_plugin_stays_out_of_the_document(run_with: CommandRunner) -> None:
    outcome = run_with("run", "parrot", "hello", "--out=json", "--quiet", "-y")
    document = outcome.json()
    assert document["said"] == "hello"
    assert outcome.stderr == "noise on stdout\n"
    # Recipes read these themselves.
    assert document["options"] == {"out": "json", "quiet": True, "y": True, "yes": True}


def test_the_commands_of_a_plugin(run_with: CommandRunner) -> None:
    assert run_with("greet", "you").stdout == "hello you\n"
    outcome = run_with("greet")
    assert outcome.status == 1
    assert outcome.stderr == "CM error: missing argument 'NAME'\nhint: see: cm greet --help\n"
    assert "Greet somebody." in run_with("--help").stdout


def test_defects_of_a_plugin(run_with: CommandRunner) -> None:
    outcome = run_with("run", "parrot", "--fail")
    assert outcome.status == 1
    assert "the plugin 'good' failed at 'run parrot': ZeroDivisionError" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert "Traceback" in run_with("run", "parrot", "--fail", "--debug").stderr
    outcome = run_with("explode")
    assert outcome.status == 1
    assert outcome.stderr.startswith("CM error: internal error: RuntimeError: two lines\nhint: ")
    assert "cm explode --debug" in outcome.stderr
    assert "good_plugin.py" in run_with("explode", "--debug").stderr


def test_help_of_a_plugin(run_with: CommandRunner) -> None:
    overview = run_with("--help").stdout
    assert "repeats what it hears" in overview
    assert "shout, yell" in overview
    page = run_with("shout", "parrot", "--help").stdout
    assert "--volume=TEXT" in page
    assert "say it loudly" in page
    assert "feed" in run_with("help", "parrot").stdout
    assert "parrot" in run_with("run", "--help").stdout


@pytest.mark.parametrize("name", list(BAD))
def test_a_broken_plugin_is_switched_off(run_with: CommandRunner, tmp_path: Path, name: str) -> None:
    install(tmp_path / "installed", name, BAD[name])
    outcome = run_with("find", "script", "--tags=detect,os")
    assert outcome.status == 0
    assert "detect-os" in outcome.stdout
    (warning,) = outcome.stderr.splitlines()
    assert warning.startswith(f"CM warning: plugin '{name}' of {name}-dist is switched off: ")
    assert run_with("shout", "parrot", "hello").stdout == "HELLO\n"
    quiet = run_with("find", "script", "--tags=detect,os", env={"CM_DISABLE_PLUGINS": name})
    assert (quiet.status, quiet.stderr) == (0, "")
    listed = {info["name"]: info for info in run_with("plugins", "list", "--json").json()["plugins"]}
    assert not listed[name]["enabled"]
    assert listed[name]["problem"]
    assert listed[name]["distribution"] == f"{name}-dist"
    assert listed[name]["version"] == "2.5"
    doctor = {
        (check["check"], check["state"]): check for check in run_with("doctor", "--json").json()["checks"]
    }
    assert name in doctor["plugins", "warn"]["text"]
    upgraded = "cm-automation" if name == "from_the_future" else f"{name}-dist"
    assert upgraded in doctor["plugins", "warn"]["fix"]


def test_listing_plugins(run_with: CommandRunner) -> None:
    text = run_with("plugins", "list").stdout
    assert run_with("plugins").stdout == text
    assert text.split()[0] == "core"
    assert "good-dist 2.5" in text
    (info,) = run_with("plugins", "info", "good", "--json").json()["plugins"]
    assert info["automations"] == ["parrot"]
    assert "shout parrot" in info["actions"]
    assert "cm_run" in info["hooks"]
    assert info["load_seconds"] > 0
    assert info["api"] == "1"
    assert "repeats" not in json.dumps(info)
    assert "distribution  good-dist 2.5" in run_with("plugins", "info", "good").stdout


SHIPS = """
from pathlib import Path
from cm_core import hookimpl
cm_api_version = "1"

@hookimpl{mark}
def cm_register_repositories():
    return [Path({path!r})]
"""


@pytest.mark.parametrize("name", ["acme", "zebra"])
def test_recipes_of_others_go_before_ours(
    run_with: CommandRunner, tmp_path: Path, make_scripts: Callable[..., Path], name: str
) -> None:
    mine = make_scripts("their-recipes", {"my-os": {"tags": ["detect", "os"], "run.sh": "echo theirs"}})
    install(tmp_path / "installed", name, SHIPS.format(mark="", path=str(mine)))
    done = run_with("run", "script", "--tags=detect,os")
    assert "theirs" in done.stdout
    assert "from their-recipes, which goes before cm-toolkit-recipes" in done.stderr
    assert Path(run_with("find", "script", "--tags=detect,os").stdout.splitlines()[0]).name == "my-os"
    first = make_scripts("first-recipes", {"their-os": {"tags": ["detect", "os"]}})
    install(tmp_path / "installed", "zzz", SHIPS.format(mark="(tryfirst=True)", path=str(first)))
    assert Path(run_with("find", "script", "--tags=detect,os").stdout.splitlines()[0]).name == "their-os"


HARMFUL = """
from cm_core import hookimpl
cm_api_version = "1"

@hookimpl(optionalhook=True)
def cm_mlperf_backends(): raise KeyError("acme")
@hookimpl(optionalhook=True)
def cm_mlperf_datasets(): return ["images"]
@hookimpl(optionalhook=True)
def cm_executors(session): raise KeyError("acme")
@hookimpl(optionalhook=True)
def cm_container_engines(session): raise KeyError("acme")
@hookimpl(optionalhook=True)
def cm_template_folders(session): return "templates"
@hookimpl(optionalhook=True)
def cm_recipe_keys(): return {"weight": 1}
@hookimpl(optionalhook=True)
def cm_prepare_recipes(session): return ["PYTHONPATH"]
@hookimpl(optionalhook=True)
def cm_observe_run(request, session):
    def look(run): raise KeyError("acme")
    return look
"""


@pytest.mark.parametrize(
    ("words", "hooks"),
    [
        ("find mlperf", ["cm_mlperf_backends: KeyError", "cm_mlperf_datasets: TypeError"]),
        (
            "run script --tags=detect,os",
            ["failed to write about the run: KeyError", "cm_prepare_recipes: TypeError"],
        ),
        ("find docker", ["cm_container_engines: KeyError"]),
        ("doc script detect-os", ["cm_template_folders: TypeError"]),
        ("lint script detect-os", ["cm_recipe_keys: TypeError"]),
        ("run experiment x -- true", ["cm_executors: KeyError"]),
    ],
)
def test_a_harmful_plugin_harms_nobody(
    run_cm: CommandRunner, tmp_path: Path, words: str, hooks: list[str]
) -> None:
    install(tmp_path / "installed", "harmful", HARMFUL)
    done = run_cm(*words.split(), env={"PYTHONPATH": str(tmp_path / "installed")})
    assert done.status == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if "plugin 'harmful' of harmful-dist" in line]
    assert len(told) == len(hooks)
    for hook, line in zip(hooks, sorted(told), strict=True):
        assert hook in line
        assert "CM_DISABLE_PLUGINS=harmful" in line
