import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from cm_core.errors import AmbiguousError, NotFoundError
from cm_core.model.request import Request


@pytest.mark.parametrize(
    "case",
    [
        ("", "", ["a1", "a2", "b1"]),
        ("a1", "", ["a1"]),
        ("A1", "", ["a1"]),
        ("a*", "", ["a1", "a2"]),
        ("?1", "", ["a1", "b1"]),
        ("[a]1", "", []),
        ("[a]?", "", ["a1", "a2"]),
        ("", "x", ["a1", "b1"]),
        ("", "x,y", ["b1"]),
        ("", "x,-y", ["a1"]),
        ("", "-x", ["a2"]),
        ("a*", "x", ["a1"]),
        ("", "X", []),
        ("zz", "", []),
        ("", "unknown", []),
        ("local:a1", "", ["a1"]),
        ("LOC*:", "", ["a1", "a2", "b1"]),
        ("9a3280b14a4285c9:a1", "", ["a1"]),
        ("elsewhere:a1", "", []),
        ("00000000000000a1", "", ["a1"]),
        ("wrong,00000000000000A1", "", ["a1"]),
        ("a1,00000000000000ff", "", []),
    ],
)
@pytest.mark.parametrize(
    "automation", ["au", "AU", "aaaabbbbccccdddd", "au,aaaabbbbccccdddd", "local:au", "a?"]
)
def test_names_and_tags(cm_session, kind, write, names, automation, case):
    name, tags, expected = case
    write("a1", tags=["x"], uid="00000000000000A1")
    write("a2")
    write("b1", tags=["x", "y"], file="_cm.yaml")
    found = names(cm_session.find(automation, name, tags))
    assert sorted(found) == sorted(expected)


def test_a_session_sees_what_happens_beside_it(edit, cm_session, kind, write, names):
    assert cm_session.find("au") == []
    one = write("one", tags=["old"])
    assert names(cm_session.find("au", tags="old")) == ["one"]
    edit(one, tags=["new"])
    assert cm_session.find("au", tags="old") == []
    assert names(cm_session.find("au", tags="new")) == ["one"]
    write("two", tags=["new"])
    assert names(cm_session.find("au", tags="new")) == ["one", "two"]
    shutil.rmtree(one)
    assert names(cm_session.find("au", tags="new")) == ["two"]
    assert cm_session.find("au", "one") == []


@pytest.mark.usefixtures("kind")
def test_the_next_command_sees_it_too(edit, age, write, names, reopened):
    one = write("one", tags=["old"])
    age(one)
    assert names(reopened().find("au", tags="old")) == ["one"]
    edit(one, tags=["new"])
    assert reopened().find("au", tags="old") == []
    assert names(reopened().find("au", tags="new")) == ["one"]
    shutil.rmtree(one)
    assert reopened().find("au") == []


def test_edits_within_one_tick_of_the_clock_are_seen(edit, cm_session, kind, write):
    folder = write("one", tags=["t00"])
    for number in range(1, 40):
        edit(folder, tags=[f"t{number:02}"])
        assert len(cm_session.find("au", tags=f"t{number:02}")) == 1, number


def test_json_beside_yaml_is_seen(age, cm_session, kind, write, reopened):
    folder = write("one", file="_cm.yaml", tags=["y"])
    age(folder)
    assert reopened().find("au", tags="y")[0].meta["tags"] == ["y"]
    (folder / "_cm.json").write_text('{"tags": ["j"]}')
    assert reopened().find("au", tags="y") == []
    assert reopened().find("au", tags="j")[0].alias == "one"
    (folder / "_cm.json").unlink()
    assert len(reopened().find("au", tags="y")) == 1


def test_metadata_that_come_later_are_seen(age, cm_session, kind, write, make_repo, reopened):
    repo = make_repo("mine", register=cm_session)
    folder = repo / "au" / "late"
    folder.mkdir(parents=True)
    age(folder)
    assert reopened().find("au") == []
    write("late", root=repo)
    assert len(reopened().find("au", "late")) == 1


@pytest.mark.parametrize(
    "bad_file",
    [
        ("_cm.yaml", "a: [\n"),
        ("_cm.yaml", "- a\n"),
        ("_cm.yaml", "alias: bad\ntags:\n"),
        ("_cm.yaml", "alias: bad\nuid: 1234567890123456\n"),
        ("_cm.yaml", ""),
        ("_cm.json", ""),
        ("_cm.json", "[]"),
        ("_cm.json", '{"alias": "\\ud800"}'),
        ("_cm.json", '{"tags": ["\\ud800"]}'),
        ("_cm.yaml", "alias: bad\ntags: a,b\n"),
        ("_cm.yaml", "alias: bad\n_base: missing\n"),
        ("_cm.yaml", "alias: bad\n_base: a,b,c\n"),
    ],
)
def test_a_broken_file_is_one_warning_and_the_rest_is_found(kind, write, names, reopened, bad_file):
    file, content = bad_file
    write("one", tags=["t"])
    bad = write("bad", file=file)
    (bad / file).write_text(content)
    write("two", tags=["t"])
    for _ in range(2):
        session = reopened()
        result = session.call(Request(action="find", automation="au", options={"tags": "t"}))
        assert names(result.data["list"]) == ["one", "two"]
        assert len(result.warnings) == 1
        assert str(bad) in result.warnings[0]
        assert "\n" not in result.warnings[0]
        assert (
            session.call(Request(action="find", automation="au", artifact="one")).warnings == result.warnings
        )
        # It concerns only its own kind.
        assert session.call(Request(action="find", automation="automation")).warnings == ()
    write("bad", file=file, tags=["t"])
    found = reopened().call(Request(action="find", automation="au"))
    assert names(found.data["list"]) == ["bad", "one", "two"]
    assert found.warnings == ()


def test_odd_metadata_are_kept(cm_session, kind, write):
    folder = write("odd", file="_cm.yaml")
    (folder / "_cm.yaml").write_text(
        "alias: odd\nautomation_alias: au\nautomation_uid: aaaabbbbccccdddd\n"
        "when: 2024-05-06\nversions: {3.9: yes, b: no}\nunknown_key: [{x: 012}]\n"
    )
    (artifact,) = cm_session.find("au", "odd")
    assert artifact.meta["versions"] == {3.9: True, "b": False}
    assert artifact.meta["when"].year == 2024
    assert artifact.meta["unknown_key"] == [{"x": 10}]
    lines = cm_session.call(Request(action="load", automation="au", artifact="odd")).lines
    assert '    "3.9": true,' in lines


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not text exist on Linux")
def test_a_folder_whose_name_is_no_text_is_left_out(cm_session, kind, write, names):
    folder = write("one")
    Path(os.fsdecode(os.fsencode(folder.parent) + b"/\xff")).mkdir()
    assert names(cm_session.find("au")) == ["one"]


def test_an_artifact_may_be_a_link(edit, cm_session, kind, write, tmp_path):
    folder = write("one", tags=["a"])
    folder.rename(tmp_path / "away")
    try:
        folder.symlink_to(tmp_path / "away")
    except OSError:
        pytest.skip("links are not allowed")
    assert cm_session.find("au", "one")[0].path == folder
    edit(folder, tags=["b"])
    assert len(cm_session.find("au", tags="b")) == 1


# -- repositories --------------------------------------------------------------------------------------


def test_local_then_latest_then_shipped(cm_session, kind, write, make_repo):
    repos = [make_repo(name, register=cm_session) for name in ("first", "second")]
    for root in (None, *repos):
        write("same", root=root)
    found = cm_session.find("au", "same")
    assert [artifact.repo.alias for artifact in found] == ["local", "second", "first"]
    with pytest.raises(AmbiguousError) as caught:
        cm_session.call(Request(action="load", automation="au", artifact="same"))
    assert caught.value.exit_code == 1
    assert len(caught.value.candidates) == 3
    assert (
        cm_session.call(Request(action="load", automation="au", artifact="first:same")).data["path"]
        == repos[0] / "au" / "same"
    )


def test_shipped_artifacts_come_last(cm_session, make_repo):
    make_repo("mine", {"script/detect-os": {"tags": ["detect", "os"]}}, register=cm_session)
    kinds = [artifact.repo.kind.name for artifact in cm_session.find("script", "detect-os")]
    assert kinds in (["REGISTERED", "SHIPPED"], ["REGISTERED"])


def test_a_repository_comes_and_goes(cm_session, kind, write, make_repo, reopened):
    repo = make_repo("mine", register=cm_session)
    write("one", root=repo)
    assert len(reopened().find("au", "one")) == 1
    cm_session.repos.remove(repo)
    assert reopened().find("au", "one") == []
    cm_session.repos.add(repo)
    assert len(reopened().find("au", "one")) == 1


def test_a_kind_is_told_by_metadata_not_by_the_folder(cm_session, kind, write, names):
    write("a-first", automation_alias="zz", automation_uid="1111222233334444")
    write("second")
    write("nameless", automation_alias="", automation_uid="")
    # Not even the folder's name counts.
    folder = write("folder", alias="name")
    assert names(cm_session.find("au")) == ["folder", "nameless", "second"]
    assert cm_session.find("au", "folder") == []
    assert cm_session.find("au", "name")[0].path == folder


@pytest.mark.usefixtures("kind")
def test_quick_searches_see_new_gone_and_edited_hits(edit, age, write, names, reopened):
    from cm_core.model.identity import ObjectRef
    from cm_core.model.tags import TagQuery

    def quick(tags):
        return names(reopened().index.find(ObjectRef(alias="au"), None, TagQuery.parse(tags), thorough=False))

    one, two = write("one", tags=["t"]), write("two", tags=["u"])
    age(one, two)
    assert quick("t") == ["one"]
    three = write("three", tags=["t"])
    # A file that had just been written when it was read, as its time stamp says, is read again.
    os.utime(three / "_cm.json", (time.time() + 3600, time.time() + 3600))
    assert quick("t") == ["one", "three"]
    edit(one, tags=["v"])
    assert quick("t") == ["three"]
    edit(three, tags=["w"])
    assert quick("w") == ["three"]
    shutil.rmtree(three)
    assert quick("w") == []


def test_rebuilding_counts(cm_session, kind, write, names):
    write("one", when="x")
    write("bad", file="_cm.yaml", tags=None)
    assert cm_session.index.rebuild() >= 2
    assert names(cm_session.find("au")) == ["one"]


def test_an_artifact_that_vanishes_after_the_search(cm_session, kind, write):
    folder = write("one", file="_cm.yaml")
    (folder / "_cm.yaml").write_text((folder / "_cm.yaml").read_text().rstrip("}") + ', "when": 2024-05-06}')
    (artifact,) = cm_session.find("au")
    shutil.rmtree(folder)
    with pytest.raises(NotFoundError, match="was removed in the meantime"):
        _ = artifact.meta


_IN_ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.skipif(os.name != "posix", reason="names are text there")
def test_a_name_that_the_locale_does_not_know_hides_no_other(kind, write, run_cm):
    write("grün")
    write("plain")
    for _ in range(2):
        assert run_cm("find", kind).stdout.count("\n") == 2
        done = run_cm("find", kind, env=_IN_ASCII)
        assert (done.status, [Path(line).name for line in done.stdout.splitlines()]) == (
            0,
            ["gr\\xfcn", "plain"],
        )
        assert run_cm("load", kind, "plain", env=_IN_ASCII).status == 0


@pytest.mark.parametrize("name", ["cm.yaml", "cm.json", "_cm.yml"])
def test_metadata_under_nearly_the_right_name_are_named(cm_session, kind, names, cm_home, reopened, name):
    folder = cm_home / "repos/local/au/one"
    folder.mkdir(parents=True)
    (folder / name).write_text("{}")
    assert cm_session.find("au") == []
    assert cm_session.warnings == [
        f"{folder / name} is not read: metadata are in _cm.yaml or _cm.json, so rename it"
    ]
    (folder / name).rename(folder / "_cm.yaml")
    (folder / "_cm.yaml").write_text("alias: one\nuid: 00000000000000a1\n")
    assert names(reopened().find("au")) == ["one"]
