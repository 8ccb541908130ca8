import pytest

from cm_cache.errors import CacheError
from cm_cache.state import CachedState


def test_nothing_is_made_before_the_path_is_asked_for(store, make_key):
    with store.building(make_key()) as slot:
        pass
    assert not store.shelf.root.exists()
    assert slot.entry is None


def test_the_folder_is_empty_and_marked(store, make_key):
    with store.building(make_key(), tags=("get", "thing")) as slot:
        assert [path.name for path in slot.path.iterdir()] == ["_cm.json"]
        (entry,) = store.find(tags="tmp,get")
        assert entry.path == slot.path
        assert entry.owner.is_here


def test_leaving_without_publishing_removes_the_folder(store, make_key):
    with store.building(make_key()) as slot:
        place = slot.path
        (place / "half").write_text("x")
    assert not place.exists()
    assert store.find() == ()


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_removes_the_folder(store, make_key, failure):
    places = []

    def fail():
        with store.building(make_key()) as slot:
            places.append(slot.path)
            raise failure

    with pytest.raises(failure):
        fail()
    assert not places[0].exists()
    assert store.find() == ()


def test_publishing_twice_is_an_error(store, make_key):
    with store.building(make_key()) as slot:
        entry = slot.publish(CachedState())
        with pytest.raises(CacheError, match="already published"):
            slot.publish(CachedState())
    assert entry == slot.entry
    assert entry.path.is_dir()


def test_a_failure_after_publishing_keeps_the_entry(store, make_key):
    def fail():
        with store.building(make_key()) as slot:
            slot.publish(CachedState())
            raise ValueError("later")

    with pytest.raises(ValueError, match="later"):
        fail()
    assert len(store.find()) == 1


def test_tags_and_version_of_the_end_win(store, make_key):
    with store.building(make_key(), tags=("get", "thing")) as slot:
        entry = slot.publish(
            CachedState(version="2.0"), tags=("get", "thing", "version-2.0", "tmp"), version="2.1"
        )
    assert entry.shown_tags == ("get", "thing", "version-2.0", make_key().script_tag)
    assert entry.version == "2.1"
    assert store.find(tags="version-2.0,-tmp")[0].path == entry.path


def test_the_version_of_the_state_is_the_default(store, make_key):
    with store.building(make_key()) as slot:
        assert slot.publish(CachedState(version="2.0")).version == "2.0"
