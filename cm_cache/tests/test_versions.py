import pytest

from cm_cache.versions import VersionBounds


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
