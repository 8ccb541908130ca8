import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core.model.versions import compare_versions

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
