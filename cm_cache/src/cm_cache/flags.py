"""The flags of ``cache``."""

from __future__ import annotations

from cm_core.flags import Flags, switch, words


class Show(Flags):
    """Of ``cm show cache``."""

    tags = words("tags an entry must have, with '-' those it must not have", values="tags")
    env = switch("show environment and state too")
    size = switch("show the size on disk")
