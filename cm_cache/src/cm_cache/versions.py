"""What a request says about the version of a result."""

from __future__ import annotations

from cm_core.base.frozen import frozen
from cm_core.model.versions import compare_versions


@frozen
class VersionBounds:
    """What a request says about the version; empty strings say nothing.

    Attributes:
        version: the one version that is accepted.
        minimum: the lowest accepted version, included.
        maximum: the highest accepted version, included.
    """

    version: str = ""
    minimum: str = ""
    maximum: str = ""

    def accepts(self, version: str) -> bool:
        """Whether this version satisfies all bounds; an unknown one (``""``) satisfies only empty bounds."""
        if not (self.version or self.minimum or self.maximum):
            return True
        if not version:
            return False
        return (
            (not self.version or compare_versions(version, self.version) == 0)
            and (not self.minimum or compare_versions(version, self.minimum) >= 0)
            and (not self.maximum or compare_versions(version, self.maximum) <= 0)
        )
