import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core.model.versions import VersionBounds, compare_versions, version_in

VERSIONS = st.one_of(
    st.text(max_size=12), st.from_regex(r"v?[0-9]{1,3}(\.[0-9a-z]{1,3}){0,3}", fullmatch=True)
)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9", "1.10"),
        ("1.9.9", "1.10"),
        ("1", "1.0.1"),
        ("1.0rc1", "1.0"),
        ("1.0a1", "1.0b1"),
        ("2.0.dev3", "2.0"),
        ("1.1.1", "1.1.1f"),
        ("1.1.1e", "1.1.1f"),
        ("1.1.1f", "1.1.2"),
        ("3.9", "v3.10"),
        ("1.a", "1.1"),
        ("", "0.1"),
        ("9" * 5000, "1" + "0" * 5000),
    ],
)
def test_order(older, newer):
    assert compare_versions(older, newer) == -1
    assert compare_versions(newer, older) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "1.0.0"), ("v2.1", "2.1"), ("2.1.0+cu118", "2.1.0"), ("1.0-RC1", "1.0rc1"), ("01", "1")],
)
def test_equal(one, other):
    assert compare_versions(one, other) == 0


@given(VERSIONS, VERSIONS, VERSIONS)
def test_any_text_is_ordered(one, two, three):
    assert compare_versions(one, one) == 0
    assert compare_versions(one, two) == -compare_versions(two, one)
    if compare_versions(one, two) <= 0 and compare_versions(two, three) <= 0:
        assert compare_versions(one, three) <= 0


@given(
    st.lists(st.integers(0, 99), min_size=1, max_size=4), st.lists(st.integers(0, 99), min_size=1, max_size=4)
)
def test_numbers_are_ordered_as_numbers(one, two):
    padded = [part + [0] * (4 - len(part)) for part in (one, two)]
    expected = (padded[0] > padded[1]) - (padded[0] < padded[1])
    assert compare_versions(".".join(map(str, one)), ".".join(map(str, two))) == expected


@pytest.mark.parametrize(
    ("bounds", "version", "accepted"),
    [
        ({}, "", True),
        ({}, "1.0", True),
        ({"minimum": "3.9.1"}, "", False),
        ({"maximum": "3.9.1"}, "", False),
        ({"exact": "1.0"}, "", False),
        ({"usable": "1.0"}, "", True),
        ({"minimum": "3.9.1"}, "3.9.1", True),
        ({"minimum": "3.9.1"}, "3.9", False),
        ({"minimum": "3.9.1"}, "3.11", True),
        ({"minimum": "1.9", "maximum": "2"}, "1.10", True),
        ({"maximum": "2.0"}, "2.0.0", True),
        ({"maximum": "2.0"}, "2.0.1", False),
        ({"exact": "1.0"}, "1.0.0", True),
        ({"exact": "1.0"}, "1.1", False),
        ({"exact": "1.0", "minimum": "1.1"}, "1.0", False),
        ({"minimum": "2.0", "maximum": "1.0"}, "1.5", False),
        ({"exact": "2.1.0"}, "2.1.0+cu118", True),
        ({"exact": "2.1.0+cu118"}, "2.1.0+CU118", True),
        ({"exact": "2.1.0+cu121"}, "2.1.0+cu118", False),
        ({"exact": "2.1.0+cu121"}, "2.1.0", False),
        ({"minimum": "2.1.0+cu118"}, "2.1.0+cu92", False),
        ({"minimum": "2.1.0+cu118"}, "2.1.0+cu121", True),
        ({"minimum": "2.1.0+cu121"}, "2.2", True),
        ({"maximum": "2.1.0+cu118"}, "2.1.0+cu121", False),
        ({"maximum": "2.1.0"}, "2.1.0+cu121", True),
        ({"minimum": "3.13"}, "3.13.0rc1", False),
    ],
)
def test_bounds(bounds, version, accepted):
    assert VersionBounds(**bounds).accepts(version) is accepted


@pytest.mark.parametrize(
    ("bounds", "moved"),
    [
        ({}, "2.0"),
        ({"minimum": "3.0"}, "3.0"),
        ({"minimum": "1.0"}, "2.0"),
        ({"maximum": "0.5"}, "0.5"),
        ({"maximum": "0.4", "usable": "0.3"}, "0.3"),
        ({"maximum": "2", "usable": "0.3"}, "2.0"),
        ({"exact": "9"}, "2.0"),
    ],
)
def test_a_default_is_moved_into_the_bounds(bounds, moved):
    assert VersionBounds(**bounds).nearest("2.0") == moved


@pytest.mark.parametrize(
    ("wished", "requirement", "words"),
    [
        (("1", "0", "2"), "==1", "== 1, >= 0, <= 2"),
        (("", "0", "2"), ">=0,<=2", ">= 0, <= 2"),
        (("", "0", ""), ">=0", ">= 0"),
        (("", "", "2"), "<=2", "<= 2"),
        (("", "", ""), "", ""),
    ],
)
def test_bounds_as_words(wished, requirement, words):
    exact, minimum, maximum = wished
    bounds = VersionBounds(exact=exact, minimum=minimum, maximum=maximum)
    assert (bounds.requirement, str(bounds)) == (requirement, words)


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("Python 3.13.0rc1", "3.13.0rc1"),
        ("Python 3.13.0a4+", "3.13.0a4"),
        ("Python 3.12.0", "3.12.0"),
        ("cmake version 3.30.0-rc2\n", "3.30.0-rc2"),
        ("clang version 18.0.0-RC4 (x)", "18.0.0-RC4"),
        ("tool 2.1.0.dev20240401+cu118", "2.1.0.dev20240401"),
        ("tool 8.0.0-dev", "8.0.0-dev"),
        ("tool 1.2b", "1.2"),
        ("tool 1.1.1f", "1.1.1"),
        ("tool 1.2.3-a100", "1.2.3"),
        ("tool 1.2.3-14ubuntu1", "1.2.3"),
        ("tool 1.2.3-developer", "1.2.3"),
        ("tool 1.11.1.git.kitware", "1.11.1."),
    ],
)
def test_a_pattern_finds_what_is_no_release_yet(printed, version):
    match = re.search(r" ([\d.]+)", printed)
    assert version_in(match) == version


def test_a_group_that_found_nothing_is_no_version():
    assert version_in(re.search(r"x(\d)?", "xrc1")) == ""
