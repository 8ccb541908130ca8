"""HTML documents in one file: no network, light and dark, for a phone as for a desk."""

from __future__ import annotations

from html import escape
from importlib.resources import files

# The page can load nothing and send nothing, whatever a name in it says.
_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def html_page(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """A whole document in the common style.

    Args:
        title: text.
        body: HTML.
        style: CSS beside the common one, which is ``page.css``.
        script: JavaScript.
    """
    common = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{common}{style}</style>\n</head>\n<body>\n"
        f"{body}\n<script>{script}</script>\n</body>\n</html>\n"
    )
