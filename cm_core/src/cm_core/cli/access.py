"""The dictionary interface of the original: one request, one answer, perhaps printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cm_core.cli.render import Renderer
from cm_core.errors import CMError
from cm_core.session import Session


def access(request: Mapping[str, Any] | str | Sequence[str]) -> dict[str, Any]:
    """Answer one request in the default home, in the dictionary convention of the original.

    ``out: "con"`` prints the answer as the command line does.

    Returns:
        ``{"return": 0, …}``, or ``{"return": code, "error": text}``.
    """
    renderer = Renderer() if isinstance(request, Mapping) and request.get("out") == "con" else None
    session = Session()
    try:
        result = session.call(session.understand(request))
    except CMError as error:
        if renderer is not None:
            renderer.error(error)
        return error.to_mapping()
    finally:
        session.close()
    if renderer is not None:
        renderer.result(result)
    return result.to_mapping()
