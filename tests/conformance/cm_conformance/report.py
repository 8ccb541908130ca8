"""``docs/conformance.md``: each test writes its own section, the others keep theirs."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "conformance.md"
SECTIONS = (
    "recorded",
    "live",
    "commands",
    "own",
    "parallel",
    "metadata",
    "schemas",
    "queries",
    "sample",
    "sequences",
    "others",
)
_OTHERS = """## Other public repositories

The same command with another repository runs everything that is not specific to `mlcommons/cm4mlops`: each
artifact is found and loaded, and each script resolved without and with each of its variations by `--fake_run
--fake_deps`. Nothing failed except recipes whose mistake is reported in one sentence."""
_COLUMNS = ("repository", "artifacts", "scripts", "resolved")
_HEAD = """# Conformance with public repositories

`nox -s conformance -- --repo PATH` runs a public repository unmodified and writes this page; [Use an
existing CM repository](how-to/use-an-existing-cm-repository.md) shows how to call it. The repository is
`mlcommons/cm4mlops`, the original is `cmind` 4.2.0. Times are those of one run on a machine with two
cores.
"""


class Report:
    """Collects sections during a session and puts them into the page at its end."""

    def __init__(self) -> None:
        self._sections: dict[str, str] = {}

    def section(self, name: str, title: str, text: str, *lines: str) -> None:
        """Set a section: a paragraph, and more lines of Markdown after it."""
        self._sections[name] = "\n".join([f"## {title}", "", text, "", *lines]).rstrip()

    def other(self, alias: str, numbers: tuple[int, int, int], page: Path = PAGE) -> None:
        """Set the row of a repository that the page is not about, beside those of others."""
        known = _section("others").search(page.read_text(encoding="utf-8"))
        rows = re.findall(
            r"^\| (`.+?`) \| (\d+) \| (\d+) \| (\d+) \|$", known[1] if known else "", re.MULTILINE
        )
        merged = {row[0]: row for row in rows} | {f"`{alias}`": (f"`{alias}`", *numbers)}
        lines = table(_COLUMNS, [merged[name] for name in sorted(merged)])
        self._sections["others"] = "\n".join([_OTHERS, "", *lines])

    def write(self, page: Path = PAGE, *, only: set[str] | None = None) -> None:
        """Replace the sections that were set; a session that set none changes nothing."""
        fresh = {name: text for name, text in self._sections.items() if only is None or name in only}
        if not fresh:
            return
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        kept = {name: match[1] for name in SECTIONS if (match := _section(name).search(text))}
        merged = kept | fresh
        parts = [f"<!-- {name} -->\n{merged[name]}\n<!-- end -->" for name in SECTIONS if name in merged]
        page.write_text("\n\n".join([_HEAD.rstrip(), *parts]) + "\n", encoding="utf-8")


def _section(name: str) -> re.Pattern[str]:
    return re.compile(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", re.DOTALL)


def table(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> list[str]:
    """Lines of a Markdown table; the first column is text, the others are numbers."""
    align = ["---", *["--:"] * (len(header) - 1)]
    return ["| " + " | ".join(map(str, row)) + " |" for row in (header, align, *rows)]
