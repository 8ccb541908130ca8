import pytest

from cm_report.export import as_csv, as_csv_cell, from_csv_cell
from cm_report.grid import Grid
from cm_report.tables import cell_text, markdown_table, markdown_text, text_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), ("", "-"), ((), "-"), (True, "yes"), (False, "no"), (("a", "b"), "a,b"),
        (1234567, "1,234,567"), (12345.6, "12,346"), (45.678, "45.68"), (0.00123456, "0.001235"),
        (0, "0"), (0.0, "0"), (1e-7, "0.0000001"), ("a\n b", "a b"), (-45.678, "-45.68"),
        (float("nan"), "nan"), (float("-inf"), "-inf"),
    ],
)  # fmt: skip
def test_cells(value, text):
    assert cell_text(value) == text


def test_numbers_are_flush_right_and_long_texts_cut():
    lines = text_table(("name", "count"), [["a" * 60, 5], ["b", None]])
    assert lines[2].endswith("…      5")
    assert lines[3].endswith("-")


def test_markdown_cannot_be_broken_out_of():
    lines = markdown_table(("a|b", "n"), [["<script>x</script>|`code`\n# head", 5]])
    assert len(lines) == 3
    assert lines[1] == "| --- | ---: |"
    assert "<" not in lines[2]
    assert lines[2].count(" | ") == 1
    assert markdown_text("*x* [y](z) & _w_") == r"\*x\* \[y\](z) &amp; \_w\_"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("@SUM(1)", "'@SUM(1)"), ("+cmd|' /C'!A0", "'+cmd|' /C'!A0"), ("-1+1", "'-1+1"),
        ("\t=1", "'\t=1"), (("=1", "b"), "'=1,b"), ("'=1", "''=1"), ("'tis", "'tis"), ("-", "-"),
        (-5, -5), (-1.5, -1.5), ("-5", "-5"), ("+1e3", "+1e3"), ("a=1", "a=1"), (None, ""), (True, True),
    ],
)  # fmt: skip
def test_texts_are_no_formulas_of_spreadsheets(value, cell):
    assert as_csv_cell(value) == cell
    if isinstance(value, str):
        assert from_csv_cell(cell) == value


def test_names_of_columns_are_no_formulas_either():
    assert as_csv(Grid(header=("=a", "b"), rows=[("=x", -1)])).splitlines() == ["'=a,b", "'=x,-1"]
