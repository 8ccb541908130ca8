"""Which release this is; below everything, so that whoever names it needs no more."""

from __future__ import annotations

__version__ = "0.1.0"
