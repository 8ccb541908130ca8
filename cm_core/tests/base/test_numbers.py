"""What is a number, and what only Python takes for one."""

import pytest

from cm_core.base import to_count, to_number, to_whole

NO_NUMBERS = [
    "",
    " ",
    "1_0",
    "1_0.5",
    "nan",
    "inf",
    "-inf",
    "Infinity",
    "١٢",
    "²",
    "1 0",
    "1,5",
    "0x10",
    "1e",
    ".",
]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number(text: str) -> None:
    assert to_number(text) is None
    assert to_whole(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-5", -5), ("+.5", 0.5), ("5.", 5), (" 1.5 ", 1.5), ("1e3", 1000), ("2E-1", 0.2), ("007", 7)],
)
def test_numbers(text: str, number: float) -> None:
    assert to_number(text) == number


def test_numbers_have_an_end() -> None:
    assert to_number("1e400") is None
    assert to_whole("9" * 5000) is None


def test_whole_numbers_are_exact() -> None:
    assert to_whole(" -9007199254740993 ") == -9007199254740993
    assert to_whole("1.0") is None
    assert to_whole("1e3") is None
    assert [to_count(text) for text in ("0", " 7", "-1", "")] == [0, 7, None, None]
