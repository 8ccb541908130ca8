"""The package ``cmind`` for code written for Collective Mind, answered by the CM toolkit.

It uses the standard library only, so any Python that a recipe starts can import it. Where the toolkit can be
imported it answers in the same process, otherwise in a process of its own (see :mod:`cmind._engine`).
"""

from __future__ import annotations

from cmind import config, utils  # noqa: F401 - part of the interface
from cmind._version import __version__
from cmind.core import CM, access, error, errorx, halt, x

__all__ = ["CM", "__version__", "access", "error", "errorx", "halt", "x"]
