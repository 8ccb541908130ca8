"""Text of others inside Markdown: it must stay text, whatever it holds."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

# What starts emphasis, code, links, HTML or a cell of a table anywhere in a line.
_ACTIVE = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_+|_+(?![^\W_])")
# What has a meaning only where a line begins.
_AT_START = re.compile(r"^(\s*)(?=[#+-]+(?:\s|$)|=+$)|^(\s*\d+)(?=[.)](?:\s|$))")
_SPACE = re.compile(r"\s+")
_MARKDOWN = re.compile(r"[^\w\s.,:;/@%()=?!+'\"-]|_")
_TICKS = re.compile(r"`+")
_FENCE = re.compile(r"```+")


def escape(value: Any) -> Markup:
    """Text as one line of prose or one cell of a table; what is Markdown already stays."""
    if isinstance(value, Markup):
        return value
    text = _SPACE.sub(" ", str(value))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _ACTIVE.sub(lambda match: "".join(f"\\{sign}" for sign in match[0]), text)
    return Markup(_AT_START.sub(lambda match: f"{match[0]}\\", text))  # noqa: S704 - escaped right above


def code(value: Any) -> Markup:
    """Text as inline code, in prose and in cells of tables."""
    text = _SPACE.sub(" ", str(value))
    if not text.strip():
        return Markup("")
    if "`" not in text and "|" not in text and text == text.strip():
        return Markup(f"`{text}`")  # noqa: S704 - nothing ends the code before its end
    # Neither ticks nor bars can be quoted the same way in prose and in tables; entities can.
    return Markup(f"<code>{_MARKDOWN.sub(_entity, text)}</code>")  # noqa: S704 - all signs are entities


def fence(value: Any, language: str = "") -> Markup:
    """Text as a block of code."""
    text = str(value).rstrip("\n")
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return Markup(f"{ticks}{language}\n{text}\n{ticks}")  # noqa: S704 - the fence is longer than any in it


def tidy(text: str) -> str:
    """The document without trailing blanks and repeated empty lines, blocks of code left as they are."""
    lines: list[str] = []
    fenced = ""
    for line in text.split("\n"):
        opening = _FENCE.match(line)
        if fenced:
            fenced = "" if line == fenced else fenced
        elif opening:
            fenced = opening[0]
        else:
            line = line.rstrip()  # noqa: PLW2901 - the same line, cleaned
            if not line and (not lines or not lines[-1]):
                continue
        lines.append(line)
    return "\n".join(lines).rstrip("\n") + "\n"


def mermaid_text(value: str) -> str:
    """Text inside a quoted label of a Mermaid graph."""
    return re.sub(r"[^\w\s.,:/()+@-]", lambda match: f"#{ord(match[0])};", _SPACE.sub(" ", value))


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
