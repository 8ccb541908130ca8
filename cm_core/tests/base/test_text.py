import pytest

from cm_core.base.text import aligned, byte_size, duration, map_texts, rough_duration


@pytest.mark.parametrize(
    ("seconds", "measured", "estimated"),
    [
        (0.044, "0.04 s", "0 s"),
        (12.34, "12.3 s", "12 s"),
        (59.96, "1 min 00 s", "1 min 00 s"),
        (65, "1 min 05 s", "1 min 05 s"),
        (3700, "1 h 01 min", "1 h 01 min"),
    ],
)
def test_durations(seconds, measured, estimated):
    assert (duration(seconds), rough_duration(seconds)) == (measured, estimated)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (-3 << 20, "-3.0 MiB"), (5 << 50, "5120.0 TiB")],
)
def test_sizes(count, text):
    assert byte_size(count) == text


def test_columns_line_up():
    assert aligned([("a", "bcd", ""), ("ef", "g", "h")]) == ["a   bcd", "ef  g    h"]
    assert aligned([]) == []


def test_all_texts_of_plain_data():
    data = {"a": ["b", 1, {"c": "d"}], "e": None, "f": "g"}
    assert map_texts(data, str.upper) == {"a": ["B", 1, {"c": "D"}], "e": None, "f": "G"}
