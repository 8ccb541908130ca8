import os

import pytest

from cm_core.errors import AmbiguousError, CMError, InteractionError, NotFoundError, UsageError
from cm_core.interaction import Interaction


def files(folder):
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("verb", ["rm", "delete", "remove"])
def test_rm(do, root, verb):
    do("add", "one")
    do("add", "two")
    result = do(verb, "one", f=True)
    assert [artifact.to_json()["alias"] for artifact in result.data["deleted_list"]] == ["one"]
    assert files(root) == ["_cm.json", "two"]
    assert len(do("find").data["list"]) == 1


def test_what_was_removed_can_be_shown(do, write):
    write("base", tags=["b"])
    folder = write("heir", _base="base")
    (folder / "_cm.yaml").write_text("when: 2024-05-06\n")
    (gone,) = do("rm", "heir", force=True).data["deleted_list"]
    assert gone.to_json()["meta"]["tags"] == ["b"]


def test_rm_by_tags(do):
    do("add", "one", tags="a,b")
    do("add", "two", tags="a")
    do("rm", tags="a,-b", f=True)
    assert [artifact.alias for artifact in do("find").data["list"]] == ["one"]


def test_a_missing_one_of_several_keeps_all(do):
    do("add", "one")
    do("add", "two")
    for names, missing in ((("one", "three"), "three"), (("three", "one"), "three"), (("one", "x*"), r"x\*")):
        with pytest.raises(NotFoundError, match=f"matches '{missing}'"):
            do("rm", *names, f=True)
    with pytest.raises(NotFoundError, match="matches 'three', 'four'"):
        do("info", "three", "one", "four")
    assert len(do("find").data["list"]) == 2
    do("rm", "one", "two", "t*", f=True)
    assert do("find").data["list"] == []


@pytest.mark.parametrize("dry_run", [True, False])
def test_one_name_in_several_repositories_is_not_removed_unseen(do, twice, cm_session, dry_run):
    with pytest.raises(AmbiguousError, match="'same' is in 2 repositories") as caught:
        do("rm", "same", f=True, dry_run=dry_run)
    assert len(caught.value.candidates) == 2
    cm_session.interaction = Interaction(yes=True)
    with pytest.raises(AmbiguousError):
        do("rm", "same", dry_run=dry_run)
    assert len(do("find", "same").data["list"]) == 2


@pytest.mark.parametrize(("names", "options"), [(["same"], {"all": True}), (["sam*"], {})])
def test_who_means_several_gets_them(do, twice, names, options):
    do("rm", *names, f=True, **options)
    assert do("find", "same").data["list"] == []


def test_one_of_several_by_its_repository(do, twice):
    do("rm", "local:same", f=True)
    (left,) = do("find", "same").data["list"]
    assert left.repo.alias == "second"


def test_rm_without_a_name_removes_nothing(do, root):
    do("add", "one")
    with pytest.raises(UsageError, match="no artifact to remove was given"):
        do("rm", f=True)
    assert len(do("find").data["list"]) == 1
    do("rm", all=True, f=True)
    assert files(root) == []


def test_rm_of_nothing(do):
    with pytest.raises(NotFoundError) as caught:
        do("rm", "one", f=True)
    assert caught.value.exit_code == 16


def test_rm_asks(cm_session, do):
    do("add", "one")
    with pytest.raises(InteractionError, match="no one can answer"):
        do("rm", "one")
    cm_session.interaction = Interaction(quiet=True)
    with pytest.raises(CMError, match="nothing was removed"):
        do("rm", "one")
    assert do("find").data["list"]
    cm_session.interaction = Interaction(yes=True)
    do("rm", "one")
    assert not do("find").data["list"]


def test_rm_of_a_link_keeps_the_target(do, root, write, tmp_path):
    write("one")
    (root / "one").rename(tmp_path / "target")
    try:
        (root / "one").symlink_to(tmp_path / "target")
    except OSError:
        pytest.skip("links are not allowed")
    do("rm", "one", f=True)
    assert not os.path.lexists(root / "one")
    assert (tmp_path / "target" / "_cm.json").exists()
    assert do("find").data["list"] == []
