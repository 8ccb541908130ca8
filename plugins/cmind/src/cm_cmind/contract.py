"""The dictionary convention: what a request means, and what it asks of whoever answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cm_core import Request, replace

if TYPE_CHECKING:
    from cm_core import Session

Contract = dict[str, Any]
# Keys of answers that hold variables and what was asked for: there, names say what is secret.
EXPORTS = ("env", "state", "new_env", "new_state", "input")


class Engine(Protocol):
    """Who answers requests.

    Attributes:
        x_depth: how many requests with ``control`` are being answered.
    """

    session: Session
    x_depth: int

    @property
    def cm(self) -> Any:
        """The one :class:`cmind.core.CM` of the session."""

    def call(self, request: Request) -> Contract:
        """Answer a request."""


def request_from(mapping: Mapping[str, Any]) -> Request:
    """The request that a dictionary means; its ``cmd`` is input as any other key.

    Raises:
        UsageError: when one of the names is not a string.
    """
    request = Request.from_mapping({key: value for key, value in mapping.items() if key != "cmd"})
    request = replace(request, lenient=True)
    return request.with_options(cmd=mapping["cmd"]) if "cmd" in mapping else request
