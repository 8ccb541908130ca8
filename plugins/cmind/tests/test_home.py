"""What a home of the original holds is used from a new one."""

import json
import shutil
from pathlib import Path

import pytest

from cm_core import NotFoundError, Request, UsageError
from cm_core.actions import examine
from cm_core.testing import contents

SCRIPT_UID = "00112233445566dd"


@pytest.fixture
def old(tmp_path, make_repo):
    """An old home: a repository with a script, a finished and an unfinished cache entry, and an artifact."""
    home = tmp_path / "user" / "CM"
    theirs = make_repo(
        "theirs",
        {
            "script/get-thing": {
                "uid": SCRIPT_UID,
                "tags": ["get", "thing"],
                "cache": True,
                "variations": {"big": {}},
                "new_env_keys": ["CM_THING_*"],
            }
        },
    )
    gone = tmp_path / "gone"
    cache = home / "repos" / "local" / "cache"
    make_entry(cache, "aaaaaaaaaaaaaaaa", ["get", "thing", "_big"])
    make_entry(cache, "bbbbbbbbbbbbbbbb", ["get", "thing", "tmp"])
    make_entry(cache, "cccccccccccccccc", ["get", "thing"], dependent_cached_path=str(gone))
    mine = home / "repos" / "local" / "script" / "mine"
    mine.mkdir(parents=True)
    (mine / "_cm.json").write_text("{}")
    (home / "repos.json").write_text(json.dumps([str(theirs), str(gone), str(home / "repos" / "local")]))
    (home / "index.json").write_text("{}")
    return home


def make_entry(cache, uid, tags, **facts):
    folder = cache / uid
    folder.mkdir(parents=True)
    (folder / "thing.txt").write_text("thing")
    meta = {
        "alias": "",
        "uid": uid,
        "automation_alias": "cache",
        "automation_uid": "541d6f712a6b464e",
        "tags": [*tags, f"script-artifact-{SCRIPT_UID}"],
        "associated_script_artifact": f"get-thing,{SCRIPT_UID}",
        "associated_script_artifact_uid": SCRIPT_UID,
        "a key of theirs": 1,
        **facts,
    }
    # The home was moved once: the state names its first place.
    state = {"new_env": {"CM_THING_PATH": f"/first/place/local/cache/{uid}/thing.txt"}, "new_state": {}}
    (folder / "_cm.json").write_text(json.dumps(meta))
    (folder / "cm-cached-state.json").write_text(json.dumps(state))


def take(session, old, **options):
    return session.call(Request(action="import", automation="home", artifact=str(old), options=options))


def test_repositories_are_registered_where_they_are(cm_session, old):
    result = take(cm_session, old)
    assert [Path(path).name for path in result.data["repositories"]] == ["theirs"]
    assert [script.alias for script in cm_session.find("script", "get-thing")] == ["get-thing"]
    assert any("gone" in warning for warning in result.warnings)
    assert any("1 artifact of yours" in warning for warning in result.warnings)
    assert result.data["cache"] == []
    assert take(cm_session, old).data["repositories"] == []


def test_a_home_without_a_list_of_repositories(cm_session, old, make_repo):
    (old / "repos.json").unlink()
    shutil.move(make_repo("pulled", {}), old / "repos" / "pulled")
    assert [Path(path).name for path in take(cm_session, old).data["repositories"]] == ["pulled"]


def test_finished_entries_are_used_where_they_are(cm_session, old):
    result = take(cm_session, old, cache=True)
    assert result.data["cache"] == ["aaaaaaaaaaaaaaaa"]
    found = cm_session.access({"action": "find", "automation": "cache", "tags": "get,thing,_big"})
    assert [artifact.uid for artifact in found["list"]] == ["aaaaaaaaaaaaaaaa"]
    run = {"action": "run", "automation": "script", "tags": "get,thing,_big", "quiet": True}
    answer = cm_session.access(run)
    place = old / "repos" / "local" / "cache" / "aaaaaaaaaaaaaaaa" / "thing.txt"
    assert answer["new_env"] == {"CM_THING_PATH": str(place)}
    assert answer["steps"][0]["status"] == "cached"
    assert take(cm_session, old, cache=True).data["cache"] == []
    assert found["list"][0].meta["a key of theirs"] == 1


def test_an_entry_without_its_files_is_not_used(cm_session, old):
    take(cm_session, old, cache=True)
    shutil.rmtree(old / "repos" / "local" / "cache" / "aaaaaaaaaaaaaaaa")
    answer = cm_session.access({"action": "run", "automation": "script", "tags": "get,thing,_big"})
    assert answer["new_env"] == {}
    assert answer["steps"][0]["status"] == "done"


def test_a_dry_run_takes_nothing(cm_session, old, belongings, tmp_path):
    _ = cm_session.repos.local  # which any first command makes
    before = contents(tmp_path)
    result = take(cm_session, old, cache=True, local=True, dry_run=True)
    lines = [line.partition(" to ")[0] for line in result.lines]
    theirs = [line for line in lines if line.startswith("would register ")]
    assert [Path(line).name for line in theirs] == ["theirs"]
    entry = old / "repos" / "local" / "cache" / "aaaaaaaaaaaaaaaa"
    assert f"would import the cache entry {entry}" in lines
    assert any(line.startswith("would copy ") for line in lines)
    assert any("gone would not be registered" in warning for warning in result.warnings)
    assert contents(tmp_path) == before
    done = take(cm_session, old, cache=True, local=True)
    made = (*done.data["repositories"], *done.data["cache"], *done.data["artifacts"])
    assert len(made) == len(lines)
    assert take(cm_session, old, cache=True, local=True, dry_run=True).lines == ("nothing would be new",)


@pytest.mark.usefixtures("belongings")
def test_the_old_home_stays_as_it_is(cm_session, old):
    def everything():
        return {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}

    before = everything()
    take(cm_session, old, cache=True, local=True)
    cm_session.access({"action": "rm", "automation": "cache", "tags": "get,thing", "f": True})
    cm_session.access({"action": "rm", "automation": "script", "artifact": "my-thing", "f": True})
    assert everything() == before


@pytest.fixture
def belongings(old):
    """A script and an experiment in the local repository of the old home."""
    local = old / "repos" / "local"
    script, experiment = local / "script" / "my-thing", local / "experiment" / "tries"
    write_artifact(script, "1111111111111111", "script,5b4e0237da074764", tags=["get", "my-thing"])
    (script / "run.sh").write_text("echo hello\n")
    (script / "run.sh").chmod(0o755)
    (script / "data").mkdir()
    (script / "data" / "one.txt").write_text("1")
    (script / "link.txt").symlink_to("data/one.txt")
    write_artifact(experiment, "2222222222222222", "experiment,a0a2d123ef064bcb", tags=["mine"])
    return script, experiment


def write_artifact(folder, uid, kind, **facts):
    alias, _, kind_uid = kind.partition(",")
    folder.mkdir(parents=True)
    meta = {"alias": folder.name, "uid": uid, "automation_alias": alias, "automation_uid": kind_uid, **facts}
    (folder / "_cm.json").write_text(json.dumps(meta))


@pytest.mark.usefixtures("belongings")
def test_artifacts_of_the_local_repository_are_copied_when_asked_for(cm_session, old):
    assert any("3 artifacts of yours" in warning for warning in take(cm_session, old).warnings)
    assert cm_session.find("script", "my-thing") == []
    result = take(cm_session, old, local=True)
    (script,) = cm_session.find("script", tags="get,my-thing")
    assert script.uid == "1111111111111111"
    assert script.path == cm_session.repos.local.root / "script" / "my-thing"
    assert str(script.path) in result.data["artifacts"]
    assert (script.path / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (script.path / "link.txt").is_symlink()
    assert (script.path / "link.txt").read_text() == "1"
    # No plugin that knows experiments is needed.
    search = {"action": "find", "automation": "experiment,a0a2d123ef064bcb", "tags": "mine", "common": True}
    assert [found.uid for found in cm_session.access(search)["list"]] == ["2222222222222222"]
    assert not any("of yours" in warning for warning in result.warnings)
    assert result.data["cache"] == []
    # What is here now is not said to stay there.
    assert not any("of yours" in warning for warning in take(cm_session, old).warnings)


def test_the_same_call_again_copies_what_is_new(cm_session, old, belongings):
    take(cm_session, old, local=True)
    (script,) = cm_session.find("script", "my-thing")
    (script.path / "run.sh").write_text("echo changed here\n")
    moved = cm_session.repos.local.root / "script" / "renamed-here"
    cm_session.call(
        Request(action="mv", automation="script", artifact="my-thing", artifacts=("renamed-here",))
    )
    write_artifact(belongings[0].with_name("later"), "3333333333333333", "script,5b4e0237da074764")
    again = take(cm_session, old, local=True)
    assert [Path(path).name for path in again.data["artifacts"]] == ["later"]
    assert (moved / "run.sh").read_text() == "echo changed here\n"
    assert (belongings[0] / "run.sh").read_text() == "echo hello\n"


def test_what_has_the_name_here_is_not_overwritten(cm_session, old, belongings):
    cm_session.access({"action": "add", "automation": "script", "artifact": "my-thing", "tags": "other"})
    (belongings[1] / "_cm.json").write_text("{")
    result = take(cm_session, old, local=True)
    assert [Path(path).name for path in result.data["artifacts"]] == ["mine"]
    for told in ("my-thing was not imported: 'my-thing' already exists", "_cm.json line 1 is not valid"):
        assert any(told in warning for warning in result.warnings)
    (script,) = cm_session.find("script", "my-thing")
    assert "other" in script.tags
    assert not (script.path / "data").exists()


def test_what_is_no_old_home(cm_session, tmp_path):
    with pytest.raises(NotFoundError, match=r"neither repos\.json nor repos"):
        take(cm_session, tmp_path)
    with pytest.raises(UsageError, match="no home was given"):
        take(cm_session, "")
    assert take(cm_session, cm_session.home.path).data["repositories"] == []


def test_doctor_names_the_command(cm_session, old):
    cm_session.env = {**cm_session.env, "HOME": str(old.parent)}
    fixes = [check.fix for check in examine(cm_session).data["checks"] if check.check == "original"]
    assert fixes == [f"cm import home {old} (add --cache to use its cached results too)"]
    take(cm_session, old)
    assert [c for c in examine(cm_session).data["checks"] if c.check == "original"] == []
