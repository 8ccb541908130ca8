import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cm_core.errors import AmbiguousError, NotFoundError
from cm_core.request import Request


def edit(folder, **changes):
    """Replace keys of a JSON file in place, keeping its size where the values allow it."""
    import json

    path = folder / "_cm.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def age(*folders):
    """Make files look old, so that the index trusts their time stamps."""
    for folder in folders:
        for path in (folder / "_cm.json", folder / "_cm.yaml", folder, folder.parent):
            if path.exists():
                os.utime(path, (1_600_000_000.5, 1_600_000_000.5))


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


def test_a_session_sees_what_happens_beside_it(cm_session, kind, write, names):
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


def test_the_next_command_sees_it_too(cm_session, kind, write, names, reopened):
    one = write("one", tags=["old"])
    age(one)
    assert names(reopened().find("au", tags="old")) == ["one"]
    edit(one, tags=["new"])
    assert reopened().find("au", tags="old") == []
    assert names(reopened().find("au", tags="new")) == ["one"]
    shutil.rmtree(one)
    assert reopened().find("au") == []


def test_edits_within_one_tick_of_the_clock_are_seen(cm_session, kind, write):
    folder = write("one", tags=["t00"])
    for number in range(1, 40):
        edit(folder, tags=[f"t{number:02}"])
        assert len(cm_session.find("au", tags=f"t{number:02}")) == 1, number


def test_json_beside_yaml_is_seen(cm_session, kind, write, reopened):
    folder = write("one", file="_cm.yaml", tags=["y"])
    age(folder)
    assert reopened().find("au", tags="y")[0].meta["tags"] == ["y"]
    (folder / "_cm.json").write_text('{"tags": ["j"]}')
    assert reopened().find("au", tags="y") == []
    assert reopened().find("au", tags="j")[0].alias == "one"
    (folder / "_cm.json").unlink()
    assert len(reopened().find("au", tags="y")) == 1


def test_metadata_that_come_later_are_seen(cm_session, kind, write, make_repo, reopened):
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


def test_an_artifact_may_be_a_link(cm_session, kind, write, tmp_path):
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


# -- inheritance ---------------------------------------------------------------------------------------


def test_a_base_gives_tags_and_metadata(cm_session, kind, write):
    write("base", tags=["b1", "b2"], d={"x": 1}, file="_cm.yaml")
    write("heir", tags=["d1"], d={"y": 2}, _base="base")
    write("grandchild", tags=["d1"], _base="au::heir")
    (heir,) = cm_session.find("au", tags="b1,d1", name="heir")
    assert heir.meta["tags"] == ["b1", "b2", "d1"]
    assert heir.meta["d"] == {"x": 1, "y": 2}
    assert "_base" not in heir.meta
    assert heir.original_meta["_base"] == "base"
    assert heir.original_meta["tags"] == ["d1"]
    (grandchild,) = cm_session.find("au", "grandchild")
    assert grandchild.meta["tags"] == ["b1", "b2", "d1", "d1"]
    assert grandchild.tags == ("b1", "b2", "d1")


def test_an_edited_base_is_seen(cm_session, kind, write, reopened):
    base = write("base", tags=["old"])
    heir = write("heir", _base="base")
    age(base, heir)
    assert len(reopened().find("au", "heir", "old")) == 1
    edit(base, tags=["new"])
    assert reopened().find("au", "heir", "old") == []
    assert len(reopened().find("au", "heir", "new")) == 1


def test_an_edited_base_of_another_kind_is_seen(cm_session, kind, write, make_repo, reopened):
    repo = make_repo("mine", {"plain/base": {"tags": ["old"]}}, register=cm_session)
    heir = write("heir", _base="plain::mine:base")
    base = repo / "plain" / "base"
    age(base, heir)
    assert len(reopened().find("au", "heir", "old")) == 1
    (base / "_cm.yaml").write_text((base / "_cm.yaml").read_text().replace("old", "new"))
    assert len(reopened().find("au", "heir", "new")) == 1


def test_a_chain_heals_from_its_end(cm_session, kind, write, reopened):
    write("a", _base="b")
    write("b", _base="c")
    warnings = reopened().call(Request(action="find", automation="au")).warnings
    assert len(warnings) == 2
    assert all("the base 'c' was not found" in text for text in warnings)
    write("c", tags=["t"])
    result = reopened().call(Request(action="find", automation="au", options={"tags": "t"}))
    assert len(result.data["list"]) == 3
    assert result.warnings == ()
    shutil.rmtree(result.data["list"][2].path)
    assert reopened().find("au") == []


def test_a_circle_and_a_long_chain_are_named(cm_session, kind, write, names):
    write("a", _base="b")
    write("b", _base="a")
    for number in range(13):
        write(f"n{number:02}", _base=f"n{number + 1:02}" if number < 12 else "")
    result = cm_session.call(Request(action="find", automation="au"))
    assert names(result.data["list"]) == [f"n{number:02}" for number in range(2, 13)]
    assert len(result.warnings) == 4
    assert all("longer than 10 or goes in a circle" in text for text in result.warnings)


def test_an_ambiguous_base(cm_session, kind, write, make_repo, names):
    repos = [make_repo(name, register=cm_session) for name in ("one", "two")]
    for root in repos:
        write("base", root=root, tags=[root.name])
    near = write("near", root=repos[0], _base="base")
    far = write("far", _base="base")
    write("exact", _base="two:base")
    result = cm_session.call(Request(action="find", automation="au"))
    assert far not in [artifact.path for artifact in result.data["list"]]
    assert [str(far) in text and "ambiguous (2 artifacts)" in text for text in result.warnings] == [True]
    # The repository of the heir comes first, and so does a better kind of repository.
    assert cm_session.find("au", "near")[0].tags == ("one",)
    assert cm_session.find("au", "exact")[0].tags == ("two",)
    write("base", tags=["local"])
    assert cm_session.find("au", "far")[0].tags == ("local",)
    assert near.exists()


def test_a_base_in_a_repository_that_comes_and_goes(cm_session, kind, write, make_repo, reopened):
    repo = make_repo("mine", register=cm_session)
    age(write("base", root=repo, tags=["t"]), write("heir", _base="mine:base"))
    assert len(reopened().find("au", "heir", "t")) == 1
    cm_session.repos.remove(repo)
    assert reopened().find("au", "heir") == []
    cm_session.repos.add(repo)
    assert len(reopened().find("au", "heir", "t")) == 1


def test_an_heir_with_metadata_that_json_cannot_hold(cm_session, kind, write):
    base = write("base", file="_cm.yaml")
    (base / "_cm.yaml").write_text(
        (base / "_cm.yaml").read_text().rstrip("}") + ', "when": 2024-05-06, "n": 1}'
    )
    write("heir", _base="base")
    (heir,) = cm_session.find("au", "heir")
    assert heir.meta["when"].year == 2024
    assert (heir.meta["n"], heir.meta["alias"]) == (1, "heir")


# -- the file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage", ["garbage", "truncated", "empty", "json", "old", "foreign", "tables", "page"]
)
def test_a_damaged_index_is_replaced_without_a_word(cm_session, kind, write, names, reopened, damage):
    for number in range(30):
        write(f"n{number:02}", tags=["t"], filler="x" * 500)
    session = reopened()
    assert len(session.find("au")) == 30
    session.close()
    cm_session.close()
    file = cm_session.home.index_file
    content = file.read_bytes()
    if damage == "garbage":
        file.write_bytes(os.urandom(5000))
    elif damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "json":
        file.write_bytes(b"[]")
    elif damage == "page":
        file.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    else:
        file.unlink()
        with sqlite3.connect(file) as other:
            if damage == "old":
                other.executescript("CREATE TABLE artifact(x); PRAGMA user_version = 1")
            elif damage == "tables":
                other.executescript("PRAGMA user_version = 2")
            else:
                other.executescript("CREATE TABLE tag(y); PRAGMA user_version = 77")
        other.close()
    for _ in range(2):
        again = reopened()
        result = again.call(Request(action="find", automation="au", options={"tags": "t"}))
        assert len(result.data["list"]) == 30
        assert result.warnings == ()
        again.close()


def test_the_file_may_vanish_while_it_is_open(cm_session, kind, write, names):
    write("one")
    assert names(cm_session.find("au")) == ["one"]
    for path in cm_session.home.path.glob("index.sqlite*"):
        path.unlink()
    write("two")
    assert names(cm_session.find("au")) == ["one", "two"]
    cm_session.access({"action": "add", "automation": "au", "artifact": "three"})
    assert names(cm_session.find("au")) == ["one", "three", "two"]


def test_an_index_that_cannot_be_opened_is_kept_in_memory(kind, write, names, reopened, cm_session):
    cm_session.database.reset()
    cm_session.home.index_file.mkdir()
    write("one")
    session = reopened()
    assert names(session.find("au")) == ["one"]
    session.access({"action": "add", "automation": "au", "artifact": "two"})
    assert names(session.find("au")) == ["one", "two"]
    assert session.database.in_memory


def test_a_home_without_anything_is_searched_and_not_created(cm_session, cm_home):
    assert cm_session.find("cache") == []
    assert not cm_home.exists()


def test_a_home_that_appears_gets_the_index(cm_session, kind, write, names):
    # The session has searched before there was a home; from the first artifact on, others see its index.
    write("one")
    assert names(cm_session.find("au")) == ["one"]
    assert cm_session.home.index_file.exists()
    assert not cm_session.database.in_memory


_FIND = """
import os, sys, cm_core.session, cm_core.index, cm_core.builtin, cm_core.actions.common, cm_core.cli, sqlite3, json
import cm_core.inherit, platformdirs, yaml, filelock, difflib, importlib.metadata, email.parser, tempfile, contextvars
session = cm_core.session.Session(os.environ["CM_REPOS"], cwd=os.sep)
session.plugins
os.setgid(65534); os.setuid(65534)
for _ in range(2):
    print(json.dumps([[a.path.name for a in session.find("au", tags="t")], session.warnings]))
print(session.access({"action": "add", "automation": "au", "artifact": "x"})["error"])
"""


@pytest.mark.parametrize("indexed", [True, False])
def test_a_read_only_home_is_searched(cm_session, kind, write, child_environment, reopened, indexed):
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("needs root, to become somebody whom permissions bind")
    write("one", tags=["t"])
    if indexed:
        reopened().find("au")
        write("two", tags=["t"])
    home = cm_session.home.path
    for folder in home.parents:
        if folder.stat().st_mode & 0o005 != 0o005 and len(folder.parts) > 2:
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", _FIND], env=child_environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = '[["one", "two"], []]' if indexed else '[["one"], []]'
    first, second, error = done.stdout.splitlines()
    assert (first, second) == (expected, expected)
    assert "Permission denied" in error


def test_quick_searches_see_new_gone_and_edited_hits(cm_session, kind, write, names, reopened):
    from cm_core.identity import ArtifactRef, ObjectRef
    from cm_core.tags import TagQuery

    def quick(tags):
        return names(reopened().index.find(ObjectRef(alias="au"), None, TagQuery.parse(tags), thorough=False))

    one, two = write("one", tags=["t"]), write("two", tags=["u"])
    age(one, two)
    assert quick("t") == ["one"]
    write("three", tags=["t"])
    assert quick("t") == ["one", "three"]
    edit(one, tags=["v"])
    assert quick("t") == ["three"]
    # A file that had just been written when it was read is read again.
    edit(one.parent / "three", tags=["w"])
    assert quick("w") == ["three"]
    shutil.rmtree(one.parent / "three")
    assert quick("w") == []
    assert ArtifactRef.parse("x").repo is None


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
    with pytest.raises(NotFoundError, match="was removed meanwhile"):
        _ = artifact.meta
