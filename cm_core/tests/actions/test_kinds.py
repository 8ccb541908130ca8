"""The kinds of plugins as artifacts, and new kinds."""

import pytest

from cm_core.errors import AlreadyExistsError, CMError, UnknownTargetError
from cm_core.model.request import Request

CORE = "core,60cb625a46b38610"


def test_a_fresh_home_has_the_kinds_of_plugins(cm_session):
    result = cm_session.call(Request(action="find", automation="automation"))
    assert f"{CORE}: the toolkit itself" in result.lines
    assert {"automation", "core"} <= {artifact.alias for artifact in result.data["list"]}
    assert not cm_session.home.local_repo.exists()


@pytest.mark.parametrize("name", ["core", "COR*", "60cb625a46b38610", CORE])
def test_one_of_them_is_found_loaded_and_shown(do, name):
    assert do("find", name, automation="automation").lines == (f"{CORE}: the toolkit itself",)
    loaded = do("load", name, automation="automation").data
    assert (loaded["meta"]["alias"], loaded["meta"]["desc"]) == ("core", "the toolkit itself")
    assert (
        "CID   automation,bbeb15d8f0a944a4::core,60cb625a46b38610"
        in do("info", name, automation="automation").lines
    )


def test_those_of_repositories_are_listed_with_their_folders(do, kind, cm_session):
    lines = do("find", automation="automation").lines
    assert str(cm_session.home.local_repo / "automation/au") in lines
    assert do("find", tags="automation", automation="automation").lines == (lines[0],)
    assert do("find", "local:", automation="automation").lines == (lines[0],)


@pytest.mark.parametrize("action", ["rm", "update", "mv"])
def test_they_belong_to_their_distribution(do, action):
    more = ("other",) if action == "mv" else ()
    with pytest.raises(CMError, match="belongs to an installed distribution") as caught:
        do(action, "core", *more, automation="automation", tags=[], force=True)
    assert caught.value.hint == "for a kind of your own: cm add automation NAME"


def test_they_are_told_apart_in_the_folder_of_their_plugin(do):
    lines = do("info", "core", "automation", automation="automation").lines
    cids = [line.rpartition("::")[2] for line in lines if line.startswith("CID ")]
    assert cids == [CORE, "automation,bbeb15d8f0a944a4"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_they_are_no_artifacts_to_copy(do, cm_session, dry_run):
    with pytest.raises(CMError, match="'core' is code of cm-automation"):
        do("cp", "core", "other", automation="automation", dry_run=dry_run)
    assert not list(cm_session.home.local_repo.rglob("other"))


def test_what_would_happen_to_those_of_repositories_is_shown(do, kind, cm_session):
    folder = cm_session.home.local_repo / "automation/au"
    shown = do("rm", "au", automation="automation", force=True, dry_run=True)
    assert shown.lines == (f"would remove {folder}",)
    assert folder.is_dir()


def test_a_new_kind_has_code_only_where_somebody_runs_it(do, cm_session):
    runs = bool(cm_session.plugins.manager.hook.cm_call.get_hookimpls())
    path = do("add", "zoo", automation="automation").data["path"]
    assert (path / "module.py").exists() == runs
    assert not (do("add", "tiger", automation="zoo").data["path"] / "module.py").exists()


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("name", ["core", "CORE", "mine,60cb625a46b38610"])
def test_a_kind_that_a_plugin_has_is_not_added(do, name, dry_run):
    with pytest.raises(AlreadyExistsError, match="'core' is a kind of cm-automation, which would be used"):
        do("add", name, automation="automation", dry_run=dry_run)


def test_artifacts_of_no_automation_can_be_reached(do, kind, cm_session):
    do("add", "one", automation="data,00000000000000d1", common=True)
    for name in ("data", "00000000000000d1", "data,00000000000000d1"):
        with pytest.raises(UnknownTargetError) as caught:
            do("find", "one", automation=name)
        assert "cm ACTION data,00000000000000d1 NAME --common" in caught.value.hint
    do("add", "data,00000000000000d1", automation="automation")
    assert len(do("find", "one", automation="data").lines) == 1


def test_the_artifact_of_this_folder_gets_another_name(do, kind, root, cm_session):
    cm_session.cwd = do("add", "one").data["path"]
    moved = cm_session.call(Request(action="mv", automation=".", artifact="two"))
    assert moved.lines == (f"moved to {root / 'two'}",)
    cm_session.cwd = root / "two"
    copied = cm_session.call(Request(action="cp", automation=".", artifact="three"))
    assert copied.lines == (f"copied to {root / 'three'}",)
