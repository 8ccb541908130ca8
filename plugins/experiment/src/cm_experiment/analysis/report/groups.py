"""The page with a table of groups of steps."""

from __future__ import annotations

from cm_report.grouping import Grouped
from cm_report.html import element
from cm_report.rowspage import rows_page, rows_table

_TITLE = "Groups of steps"


def groups_page(found: Grouped) -> str:
    """The table and its remarks, for a browser."""
    remarks = [element("p", line, class_="sub") for line in found.remarks]
    head = element("header", element("h1", _TITLE), remarks)
    return rows_page(_TITLE, head, rows_table(found.grid, "groups"))
