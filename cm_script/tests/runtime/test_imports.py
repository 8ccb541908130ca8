import sys

from cm_script.runtime.imports import Imports


def test_folders_are_searched_until_the_block_ends():
    before, imports = list(sys.path), Imports()
    with imports.bound():
        imports.add("/one")
        imports.add("/two")
        assert sys.path == [*before, "/two", "/one"]
        imports.add("/one")
        assert sys.path == [*before, "/one", "/two"]
        sys.path.remove("/two")
    assert sys.path == before


def test_runs_at_the_same_time_do_not_take_folders_from_one_another():
    before, first, second = list(sys.path), Imports(), Imports()
    with first.bound():
        first.add("/one")
        with second.bound():
            second.add("/one")
        assert sys.path == [*before, "/one"]
    assert sys.path == before
