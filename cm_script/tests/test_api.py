"""The public functions: options, defaults of the user, the working folder, unknown flags, preparation."""

import json

import pytest

from cm_core import CMError, UsageError

ECHO = {"run.sh": 'echo "A=$A B=$B" >> "@trace"', "input_mapping": {"a": "A", "b": "B"}}
CONFIGURATION = "uid: 00112233445566ab\nautomation_alias: cfg\nautomation_uid: 88dce9c160324c5d\n"


def configure(lab, **options):
    folder = lab.home / "repos" / "local" / "cfg" / "default"
    folder.mkdir(parents=True)
    (folder / "_cm.json").write_text(json.dumps({"alias": "default", "script": options}))
    (folder / "_cm.yaml").write_text(CONFIGURATION)


def test_defaults_come_from_configuration_environment_and_request(lab):
    lab.add({"main": ECHO, "parent": {"deps": [{"tags": "main"}]}})
    configure(lab, a="configured", b="configured")
    lab.run("main")
    lab.session.env = {**lab.env, "CM_SCRIPT_EXTRA_CMD": "--b=environment --quiet"}
    lab.run("main")
    lab.run("main", b="given")
    # A dependency gets what its entry says.
    lab.run("parent")
    assert lab.trace == [
        "A=configured B=configured",
        "A=configured B=environment",
        "A=configured B=given",
        "A= B=",
    ]


@pytest.mark.parametrize("text", ["--a=1 --a.b=2", "--k,"])
def test_extra_words_that_cannot_be_read(lab, text):
    lab.add({"main": ECHO})
    lab.session.env = {**lab.env, "CM_SCRIPT_EXTRA_CMD": text}
    with pytest.raises(UsageError):
        lab.run("main")


def test_paths_of_the_current_folder_are_made_absolute(lab):
    run = 'echo "$CM_TMP_PATH|$CM_INPUT" >> "@trace"'
    lab.add({"main": {"cache": True, "run.sh": run}})
    (lab.folder / "one").touch()
    (lab.folder / "two").mkdir()
    lab.run("main", path="one:/abs:missing", input="two")
    assert lab.trace == [f"{lab.folder}/one:/abs:missing|{lab.folder}/two"]


def test_a_folder_that_is_gone(lab):
    lab.add({"main": {"run.sh": "true"}, "kept": {"cache": True, "run.sh": "true"}})
    lab.folder.rmdir()
    with pytest.raises(CMError, match="is not writable") as caught:
        lab.run("main")
    assert "--skip_write_test" in caught.value.hint
    lab.run("kept", skip_write_test=True)


def test_a_recipe_may_have_a_dry_run_of_its_own(lab):
    run = 'echo "$DRY" >> "@trace"'
    of_variation = {"variations": {"v": {"input_mapping": {"dry_run": "DRY"}}}}
    lab.add(
        {
            "own": {"run.sh": run, "input_mapping": {"dry_run": "DRY"}},
            "other": {"run.sh": run, **of_variation},
        }
    )
    for word in ("yes", "a/folder"):
        lab.run("own", dry_run=word)
    assert lab.trace == ["yes", "a/folder"]
    lab.run("other", dry_run=True)
    with pytest.raises(UsageError, match="--dry_run=ture"):
        lab.run("other", dry_run="ture")
    assert lab.trace == []


def test_flags_that_nobody_declares(lab):
    lab.add({"main": {**ECHO, "variations": {"v": {"input_mapping": {"speed": "SPEED"}}}}})
    lab.run("main", speeder="1", docker_image="x")
    assert lab.result.warnings == (
        "neither the engine nor script 'main' declares the flag --speeder; it is passed on (did you mean --speed?)",
    )
    lab.run("main", speed="1", a="1", env={"X": "1"}, const={"Y": "1"}, accept_license=True)
    assert lab.result.warnings == ()
    assert len(lab.trace) == 2
    for options in ({"speeder": "1", "strict": True}, {"speeed": "1"}):
        with pytest.raises(UsageError, match="declares the flag --spee"):
            lab.run("main", **options)
    assert lab.trace == []


def test_keys_of_dependency_entries_are_never_unknown(lab):
    lab.add({"main": {"deps": [{"tags": "child", "odd": "1", "a": "2"}]}, "child": ECHO})
    lab.run("main", strict=True)
    assert lab.trace == ["A=2 B="]
    assert lab.result.warnings == ()


def test_help_of_a_script_runs_nothing(lab):
    lab.add(
        {
            "main": {
                **ECHO,
                "variations": {"v": {"group": "g", "default": True}},
                "versions": {"1.0": {}},
                "default_version": "1.0",
            }
        }
    )
    data = lab.run("main", help=True)
    assert data["variations"] == {"g": {"v": True}}
    assert data["versions"] == ["1.0"]
    text = "\n".join(lab.result.lines)
    for part in ("_v  (default)", "--a", "sets A", "Versions: 1.0 (default 1.0)"):
        assert part in text
    assert lab.trace == []


def test_preparing_runs_dependencies_only(lab):
    lab.add({"main": {**ECHO, "cache": True, "deps": [{"tags": "child"}]}, "child": {**ECHO, "cache": True}})
    lab.run("main", action="prepare")
    assert lab.trace == ["A= B="]
    assert len(lab.entries()) == 1
    assert lab.run("main")["path"]
    assert lab.trace == ["A= B="]


def test_the_dictionary_convention(lab):
    lab.add({"main": {**ECHO, "env": {"OUT": "1"}, "new_env_keys": ["OUT"]}})
    answer = lab.session.access(
        {"action": "run", "automation": "script", "tags": "main", "env": {"A": "x"}, "quiet": True}
    )
    assert answer["return"] == 0
    assert answer["new_env"] == {"OUT": "1"}
    assert lab.trace == ["A=x B="]
    answer = lab.session.access("run script --tags=main,_none")
    assert answer["return"] == 16
    assert "none" in answer["error"]


@pytest.mark.parametrize(
    "options",
    [
        {"tags": "main", "version": True},
        {"tags": "main", "env": "X=1"},
        {"tags": "main", "adr": {"x": "1"}},
        {"tags": True},
        {"tags": {"x": 1}},
    ],
)
def test_options_of_the_wrong_shape(lab, options):
    lab.add({"main": ECHO})
    with pytest.raises(UsageError) as caught:
        lab.run(**options) if "tags" not in options else lab.session.call(_request(options))
    assert caught.value.hint
    assert lab.trace == []


def _request(options):
    from cm_core import Request

    return Request(action="run", automation="script", options=options)
