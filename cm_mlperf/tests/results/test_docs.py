"""The reference names every column and function."""

import re
from pathlib import Path

import pytest

from cm_mlperf.results.columns import ResultColumns
from cm_mlperf.results.row import FIELDS, ResultRow
from cm_mlperf.results.units import UNITS
from cm_report.expressions import FUNCTIONS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def words(page):
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return {part for quoted in re.findall(r"`([^`\n]+)`", text) for part in re.split(r"[^\w/]+", quoted)}


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the documentation is not beside the tests")
def test_every_column_unit_and_function_is_documented():
    page = words("mlperf-results.md")
    assert not set(ResultColumns().names) - page
    assert not {*UNITS} - page
    assert not {*FUNCTIONS, "column"} - words("expressions.md")


def test_every_field_is_described_in_its_docstring():
    described = set(re.findall(r"^\s+(\w+): ", ResultRow.__doc__, flags=re.MULTILINE))
    assert described == set(FIELDS)
