import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_cache.versions import VersionBounds, version_key


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("1.9", "1.10"),
        ("1.0rc1", "1.0"),
        ("1.0.dev0", "1.0"),
        ("1.0a1", "1.0b1"),
        ("1.1.1", "1.1.1k"),
        ("9d", "9e"),
        ("3.9", "3.9.1"),
        ("", "0.1"),
    ],
)
def test_order(low, high):
    assert version_key(low) < version_key(high)


@pytest.mark.parametrize(("one", "other"), [("1", "1.0.0"), ("v1.2", "1.2"), ("2.1.0+cu118", "2.1.0")])
def test_equal(one, other):
    assert version_key(one) == version_key(other)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_can_be_compared(one, other):
    assert (version_key(one) < version_key(other)) is not (version_key(one) >= version_key(other))


@pytest.mark.parametrize(
    ("bounds", "version", "accepted"),
    [
        ({}, "", True),
        ({}, "1.0", True),
        ({"minimum": "3.9.1"}, "", False),
        ({"minimum": "3.9.1"}, "3.9.1", True),
        ({"minimum": "3.9.1"}, "3.9", False),
        ({"minimum": "3.9.1"}, "3.11", True),
        ({"maximum": "2.0"}, "2.0.0", True),
        ({"maximum": "2.0"}, "2.0.1", False),
        ({"version": "1.0"}, "1.0.0", True),
        ({"version": "1.0"}, "1.1", False),
        ({"version": "1.0"}, "", False),
        ({"minimum": "1.0", "maximum": "2.0"}, "1.5", True),
    ],
)
def test_bounds(bounds, version, accepted):
    assert VersionBounds(**bounds).accepts(version) is accepted
