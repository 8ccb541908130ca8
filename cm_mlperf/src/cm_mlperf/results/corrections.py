"""Units that published tables name wrongly, as the logs behind them show."""

from __future__ import annotations

from collections.abc import Mapping

_PER_SECOND = frozenset(("samples/s", "queries/s"))
# Round and benchmark -> scenarios whose results are tokens, whatever the table calls them. Server of
# llama2-70b in v4.0 is not among them: its published numbers are queries.
_TOKENS: Mapping[tuple[str, str], frozenset[str]] = {
    ("v4.0", "llama2-70b"): frozenset(("Offline",)),
    ("v4.1", "llama2-70b"): frozenset(("Offline", "Server")),
    ("v4.1", "mixtral-8x7b"): frozenset(("Offline", "Server")),
    ("v4.1", "gptj"): frozenset(("Offline", "Server")),
    ("v5.1", "llama3.1-8b"): frozenset(("Interactive",)),
}
_NONE: frozenset[str] = frozenset()


def corrected_unit(version: str, benchmark: str, scenario: str, unit: str) -> tuple[str, str]:
    """The unit that a published result really has, and a remark where the table names another one."""
    if unit in _PER_SECOND:
        name = benchmark.removesuffix("-99.9").removesuffix("-99")
        if scenario in _TOKENS.get((version, name), _NONE):
            return "tokens/s", f"unit corrected: was {unit}"
    return unit, ""
