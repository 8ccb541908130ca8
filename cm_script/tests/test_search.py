"""``cm find script``: names, tags and variations."""

import pytest

from cm_core import CMError, Request

SCRIPTS = {
    "get-one": {"tags": ["get", "one"], "variations": {"v": {}, "n.#": {}}},
    "get-two": {"tags": ["get", "two"]},
}


@pytest.fixture
def names(lab):
    lab.add(SCRIPTS)

    def find(artifact="", *artifacts, **options):
        request = Request(
            action="find", automation="script", artifact=artifact, artifacts=artifacts, options=options
        )
        found = lab.session.call(request).data["list"]
        return [artifact.alias for artifact in found if artifact.repo.alias == "mine"]

    return find


def test_ways_to_say_it(names):
    assert names("get-*") == ["get-one", "get-two"]
    assert names("get-two") == ["get-two"]
    assert names("get one") == ["get-one"]
    assert names(tags="get,-two") == ["get-one"]
    assert names("get-o*", "get-two", "get-*") == ["get-one", "get-two"]
    assert names("mine:get-one") == ["get-one"]
    assert names("get-*", tags="two") == ["get-two"]


def test_variations(names):
    assert names(tags="get,_v") == ["get-one"]
    assert names(tags="get,_n.7") == ["get-one"]
    assert names(tags="get,_nothing") == []


def test_nothing_found_is_no_error(names):
    assert names("no-such-script") == []
    assert names(tags="no,such,tags") == []


def test_tags_are_separated_by_commas(lab):
    with pytest.raises(CMError, match="no script has the tags") as caught:
        lab.session.call(Request(action="run", automation="script", options={"tags": "detect os,_x"}))
    assert caught.value.hint == "tags are separated by commas: --tags=detect,os,_x"


def test_what_cannot_be_read(names):
    with pytest.raises(CMError):
        names("a,b,c")
    with pytest.raises(CMError):
        names(tags="x,-x")


def test_all(lab, names):
    assert set(names()) == {"get-one", "get-two"}
    assert len(lab.session.find("script")) > 20


def test_hand_edits_are_seen_at_once(lab, names, tmp_path):
    root = tmp_path / "repositories" / "mine" / "script"
    text = (root / "get-two" / "_cm.yaml").read_text()
    (root / "get-two" / "_cm.yaml").write_text(text.replace("two", "three"))
    assert names(tags="three") == ["get-three"]
    (root / "get-one" / "_cm.yaml").unlink()
    assert names("get-*") == ["get-three"]
