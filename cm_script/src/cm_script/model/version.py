"""Version constraints of recipes."""

from __future__ import annotations

from cm_core.model.versions import compare_versions


def satisfies(version: str, *, minimum: str = "", maximum: str = "") -> bool:
    """Whether a version lies within inclusive bounds; an empty version or bound restricts nothing."""
    if not version:
        return True
    above = not minimum or compare_versions(version, minimum) >= 0
    below = not maximum or compare_versions(version, maximum) <= 0
    return above and below


def pip_version_string(version: str, minimum: str, maximum: str) -> str:
    """The requirement suffix for pip: ``==V``, ``>=MIN,<=MAX``, ``>=MIN``, ``<=MAX`` or nothing."""
    if version:
        return f"=={version}"
    bounds = (f">={minimum}" if minimum else "", f"<={maximum}" if maximum else "")
    return ",".join(bound for bound in bounds if bound)
