"""HTML documents in one file: no network, light and dark, for phones and desktops."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files


def html_page(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """A whole document in the common style.

    The page can load nothing, send nothing, and run nothing but the script that is given, whatever a name
    in it says.

    Args:
        title: text.
        body: HTML.
        style: CSS beside the common one, which is ``page.css``.
        script: JavaScript.
    """
    css = f"\n{text_of('page.css')}{style}"
    policy = f"default-src 'none'; style-src {_hash(css)}; base-uri 'none'; form-action 'none'"
    policy += f"; script-src {_hash(script)}" if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{escape(title)}</title>\n<style>{css}</style>\n</head>\n<body>\n"
        f"{body}\n{f'<script>{script}</script>' if script else ''}\n</body>\n</html>\n"
    )


def text_of(name: str) -> str:
    """A file beside this module: ``page.css``, ``table.js``."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
