import json
import shutil

import pytest

from cm_core.errors import (
    AlreadyExistsError,
    AmbiguousError,
    CMError,
    NotFoundError,
    UnknownTargetError,
    UsageError,
)
from cm_core.model.request import Request
from cm_core.session import Session

UID = "0123456789abcdef"


def files(folder):
    return sorted(path.name for path in folder.rglob("*"))


# -- add -----------------------------------------------------------------------------------------------


def test_add(do, root):
    result = do("add", "one", tags="a,b", new_tags="c,a", meta={"k": {"x": "1"}})
    written = json.loads((root / "one" / "_cm.json").read_text())
    assert result.data == {"path": root / "one", "meta": written}
    assert written["tags"] == ["a", "b", "c"]
    assert (written["alias"], written["automation_alias"]) == ("one", "au")
    assert written["automation_uid"] == "aaaabbbbccccdddd"
    assert written["k"] == {"x": "1"}
    assert files(root) == ["_cm.json", "one"]


def test_one_artifact_is_added_at_a_time(do, root):
    with pytest.raises(UsageError, match="one artifact is made at a time; 'two' is extra"):
        do("add", "one", "two")
    assert not root.exists()


def test_add_writes_yaml_when_asked(do, root):
    do("add", "one", yaml="yes", meta={"uid": UID})
    assert files(root) == ["_cm.yaml", "one"]
    assert do("load", UID).data["meta"]["alias"] == "one"


@pytest.mark.parametrize("name", [UID, UID.upper(), f",{UID}"])
def test_add_by_uid_only(do, root, name):
    assert do("add", name).data["path"] == root / UID
    assert do("load", UID).data["meta"]["alias"] == ""


def test_add_without_a_name(do, root):
    path = do("add").data["path"]
    assert path.parent == root
    assert do("load", path.name).data["path"] == path


@pytest.mark.parametrize("name", ["one", "ONE", f"other,{UID}", UID, f"one,{UID[::-1]}"])
@pytest.mark.parametrize("folder", ["one", "elsewhere"])
def test_add_of_what_exists(do, root, name, folder, write):
    write(folder, alias="one", uid=UID)
    with pytest.raises(AlreadyExistsError) as caught:
        do("add", name)
    assert caught.value.exit_code == 8
    assert files(root) == sorted(["_cm.json", folder])


def test_add_where_somebody_has_a_folder(do, root):
    (root / "one").mkdir(parents=True)
    (root / "one" / "run.sh").touch()
    with pytest.raises(AlreadyExistsError):
        do("add", "one")
    assert files(root) == ["one", "run.sh"]


def test_add_over_what_a_killed_process_left(do, root):
    (root / "one").mkdir(parents=True)
    do("add", "one")
    assert do("load", "one")


@pytest.mark.parametrize(
    "name", ["../../x", "/abs/x", "a/b", ".x", "-x", "a\\b", ",../../x", "x,../y", "a*", "..", "local:../x"]
)
def test_names_that_are_paths_are_refused(do, tmp_path, name, cm_home):
    before = files(tmp_path)
    with pytest.raises(UsageError) as caught:
        do("add", name)
    assert caught.value.exit_code == 1
    assert files(tmp_path) == before


def test_a_uid_in_the_metadata_is_no_path_either(do, tmp_path):
    before = files(tmp_path)
    with pytest.raises(UsageError, match="not a UID"):
        do("add", meta={"uid": "../../x"})
    with pytest.raises(UsageError):
        do("add", "x", automation="../au,aaaabbbbccccddde", common=True)
    assert files(tmp_path) == before


def test_add_to_a_repository(do, make_repo, cm_session):
    path = make_repo("mine", register=cm_session)
    assert do("add", "mine:one").data["path"] == path / "au" / "one"
    assert do("add", "local:one")
    with pytest.raises(NotFoundError, match="'other' is not registered") as caught:
        do("add", "other:one")
    assert caught.value.exit_code == 16


def test_add_in_a_repository_with_a_prefix(do, make_repo, cm_session):
    path = make_repo("mine")
    (path / "cmr.yaml").write_text((path / "cmr.yaml").read_text() + "prefix: deep/er\n")
    cm_session.repos.add(path)
    assert do("add", "mine:one").data["path"] == path / "deep" / "er" / "au" / "one"
    assert do("find", "mine:").data["list"][0].alias == "one"


def test_artifacts_of_any_kind_with_common(cm_session):
    def do(action, automation, artifact="x", **options):
        return cm_session.call(
            Request(action=action, automation=automation, artifact=artifact, options=options)
        )

    foo = "foo,c0ffee0000000abc"
    path = do("add", foo, "bar", common=True).data["path"]
    assert path == cm_session.home.local_repo / "foo" / "bar"
    assert do("find", foo, "bar", common=True).data["list"][0].path == path
    for automation, options in (("foo", {}), (foo, {}), ("foo", {"common": True})):
        with pytest.raises(UnknownTargetError) as caught:
            do("find", automation, **options)
        assert caught.value.exit_code == 4
    do("rm", foo, "bar", common=True, f=True)
    assert not path.exists()


# -- find, load, info ----------------------------------------------------------------------------------


def test_finding_nothing_is_no_error(do):
    result = do("find", "nothing")
    assert (result.data, result.lines, result.exit_code) == ({"list": []}, (), 0)


@pytest.mark.parametrize("verb", ["find", "ls", "list", "search"])
def test_find_prints_paths(do, root, verb):
    do("add", "one")
    do("add", "two")
    assert do(verb, "two", "one").lines == (str(root / "two"), str(root / "one"))


def test_find_across_kinds(do, root):
    do("add", "quite")
    assert str(root / "quite") in do("find", "q*", automation="*").lines
    assert do("find", "quite", automation="a[u]*").lines == (str(root / "quite"),)


def test_load(do, root):
    do("add", "one", meta={"b": "ü", "a": ["x"]})
    result = do("load", "one")
    assert json.loads("\n".join(result.lines)) == result.data["meta"]
    assert result.data["path"] == root / "one"
    assert "b: ü" in do("load", "one", yaml="").lines or "b: ü" in do("load", "one", yaml=True).lines


def test_load_needs_exactly_one(do):
    do("add", "one", tags="t")
    do("add", "two", tags="t")
    with pytest.raises(AmbiguousError) as many:
        do("load", tags="t")
    assert many.value.exit_code == 1
    assert len(many.value.to_mapping()["candidates"]) == 2
    with pytest.raises(NotFoundError) as none:
        do("load", "onne")
    assert none.value.exit_code == 16
    assert none.value.hint == "did you mean 'one'?"
    with pytest.raises(NotFoundError, match="tags 't,ttt'") as tags:
        do("load", tags="t,ttt")
    assert "'ttt'" in tags.value.hint
    assert "{" not in str(none.value)


def test_info(do, root):
    do("add", f"one,{UID}", tags="a")
    (root / "one" / "src").mkdir()
    lines = do("info", "one").lines
    assert f"CID   au,aaaabbbbccccdddd::one,{UID}" in lines
    assert f"CID1  aaaabbbbccccdddd::{UID}" in lines
    assert "dirs  src" in lines
    assert "files _cm.json" in lines
    with pytest.raises(NotFoundError):
        do("info", "two")


def test_version_and_test(do, write):
    write("bad", tags=None)
    do("add", "one")
    assert do("version").lines[0][0].isdigit()
    result = do("test")
    assert result.data == {"tested": 1}
    assert len(result.warnings) == 1


# -- what is shipped cannot be changed -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "words", "options"),
    [
        ("add", ["shipped:new"], {}),
        ("rm", ["given"], {"f": True}),
        ("update", ["given"], {"tags": "x"}),
        ("mv", ["given", "other"], {}),
        ("mv", ["given", "local:"], {}),
        ("mv", ["mine", "shipped:"], {}),
        ("cp", ["mine", "shipped:other"], {}),
    ],
)
def test_shipped_repositories_are_protected(do, shipped, action, words, options):
    do("add", "mine")
    before = files(shipped)
    with pytest.raises(CMError, match="belongs to an installed distribution"):
        do(action, *words, **options)
    assert files(shipped) == before


def test_a_namesake_that_is_shipped_is_not_meant(do, shipped, root):
    do("add", "given")
    for options in ({}, {"force": True}):
        (changed,) = do("update", "given", tags="x", **options).data["list"]
        assert changed.path == root / "given"


def test_what_is_shipped_can_be_copied(do, shipped, root):
    assert do("cp", "given", "own").lines == (f"copied to {root / 'own'}",)


# -- requests that cannot be understood ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        ({"action": "find", "automation": "no-such"}, 4, "there is no automation"),
        ({"action": "fly", "automation": "au"}, 4, "has no action"),
        ({"action": "find"}, 4, "needs an automation"),
        ({"automation": "au"}, 4, "no action"),
        ({"action": "find", "automation": "au", "tags": True}, 1, "--tags needs a value"),
        ({"action": "find", "automation": "au", "artifact": "a,b,c"}, 1, "more than one comma"),
        ({"action": "find", "automation": "a:b:c"}, 1, "more than one colon"),
        ({"action": 5, "automation": "au"}, 1, "must be a string"),
        ({"action": "find", "automation": "mine:au"}, 4, "there is no automation"),
        ({"action": "run", "automation": "au"}, 4, "has no action 'run'"),
        ({"action": "mv", "automation": "au", "artifact": "x"}, 1, "exactly one new name"),
        ({"action": "mv", "automation": "au"}, 1, "no artifact was given"),
    ],
)
def test_bad_requests(cm_session, kind, request_, code, text):
    before = dict(request_)
    answer = cm_session.access(request_)
    assert answer["return"] == code
    assert text in answer["error"]
    assert request_ == before


def test_without_the_plugin_nobody_is_sent_to_pull_a_repository(cm_session):
    session = Session(env={**cm_session.env, "CM_DISABLE_PLUGINS": "repo"}, cwd=cm_session.cwd)
    hint = session.access("pull repo x")["hint"]
    session.close()
    assert hint == "to see why: cm plugins"


def test_a_plugin_of_ours_that_is_missing_is_named(cm_session):
    """With the core alone, ``cm run script`` says what to install."""
    session = Session(env=cm_session.env, cwd=cm_session.cwd)
    del session.plugins.plugins["script"], session.plugins.automations["script"]
    answer = session.access("run script detect-os")
    unknown = session.access("run nothing x")
    session.close()
    assert (answer["return"], answer["hint"]) == (4, "pip install cm-plugin-script")
    assert answer["error"] == "the automation 'script' comes with a plugin that is not installed"
    assert unknown["hint"].endswith("repositories are added with: cm pull repo OWNER@NAME")


def test_access_takes_lines_and_words(cm_session, kind):
    assert cm_session.access("add au one --tags=a,b --meta.k=v")["return"] == 0
    assert cm_session.access(["load", "au", "one"])["meta"]["k"] == "v"


def test_the_home_may_be_used_from_two_sessions(cm_session, kind, reopened):
    second: Session = reopened()
    cm_session.access("add au one --tags=a")
    assert len(second.find("au", "one")) == 1
    second.access("update au one --tags=b")
    assert cm_session.find("au", tags="b")
    shutil.rmtree(cm_session.home.path)
    assert cm_session.access("find au")["return"] == 4
