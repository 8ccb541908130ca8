"""What a home of the original holds is used from a new one."""

import json
import shutil
from pathlib import Path

import pytest

from cm_core import Request
from cm_core.doctor import examine
from cm_core.errors import NotFoundError, UsageError

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


def test_the_old_home_stays_as_it_is(cm_session, old):
    def everything():
        return {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}

    before = everything()
    take(cm_session, old, cache=True)
    cm_session.access({"action": "rm", "automation": "cache", "tags": "get,thing", "f": True})
    assert everything() == before


def test_what_is_no_old_home(cm_session, tmp_path):
    with pytest.raises(NotFoundError, match=r"neither repos\.json nor repos"):
        take(cm_session, tmp_path)
    with pytest.raises(UsageError, match="which home"):
        take(cm_session, "")
    assert take(cm_session, cm_session.home.path).data["repositories"] == []


def test_doctor_names_the_command(cm_session, old):
    cm_session.env = {**cm_session.env, "HOME": str(old.parent)}
    fixes = [check.fix for check in examine(cm_session).data["checks"] if check.check == "original"]
    assert fixes == [f"cm import home {old}, with --cache to use what it has cached, too"]
    take(cm_session, old)
    assert [c for c in examine(cm_session).data["checks"] if c.check == "original"] == []
