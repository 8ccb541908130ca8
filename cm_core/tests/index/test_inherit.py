import shutil

from cm_core.model.request import Request


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


def test_an_edited_base_is_seen(edit, age, cm_session, kind, write, reopened):
    base = write("base", tags=["old"])
    heir = write("heir", _base="base")
    age(base, heir)
    assert len(reopened().find("au", "heir", "old")) == 1
    edit(base, tags=["new"])
    assert reopened().find("au", "heir", "old") == []
    assert len(reopened().find("au", "heir", "new")) == 1


def test_an_edited_base_of_another_kind_is_seen(age, cm_session, kind, write, make_repo, reopened):
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
    assert all("longer than 10 or is circular" in text for text in result.warnings)


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


def test_a_base_in_a_repository_that_comes_and_goes(age, cm_session, kind, write, make_repo, reopened):
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
