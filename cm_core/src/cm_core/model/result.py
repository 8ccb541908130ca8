"""What a call answers: data for programs, lines for people. Only ``cli.render`` prints either."""

from __future__ import annotations

from typing import Any

from cm_core.base.frozen import field, frozen


@frozen
class Result:
    """The outcome of a successful call; a failed one raises :class:`~cm_core.errors.CMError`.

    Attributes:
        data: the answer for programs. May hold artifacts; ``to_mapping`` hands them on as they are and
            the JSON renderer turns everything with ``to_json()`` into dictionaries.
        lines: the answer for people, one printed line each.
        warnings: things that went wrong without failing the call, one sentence each.
        exports: keys of ``data`` that hold variables and the like: there, stars stand for what a name
            says to be secret. Elsewhere only values tell; a ``token`` may be described, or be counted.
        exit_code: the process's exit status; not 0 only when data describe a negative answer
            (such as ``cm doctor`` finding a problem).
    """

    data: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    exit_code: int = 0

    def to_mapping(self) -> dict[str, Any]:
        """The dictionary form of the original: ``{"return": 0, …}``."""
        mapping: dict[str, Any] = {"return": self.exit_code, **self.data}
        if self.warnings:
            mapping["warnings"] = list(self.warnings)
        return mapping
