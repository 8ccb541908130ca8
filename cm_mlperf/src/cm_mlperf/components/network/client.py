"""The side of LoadGen: a system under test that asks others."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cm_core import CMError, UsageError
from cm_mlperf.components.network.wire import ABOUT, ARRAYS, NAME, PREDICT, pack_inputs, unpack_outputs
from cm_mlperf.interfaces import InputSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Inputs

_OK = 200
_TIMEOUT_SECONDS = 600.0


class RemoteModel:
    """Sends batches to nodes in turn; each thread keeps its connections open.

    Args:
        urls: of nodes that ``cm serve mlperf`` runs.

    Raises:
        CMError: when a node cannot be reached, or nodes run different models.
    """

    def __init__(self, *, urls: Sequence[str], model: str = "", device: str = "", threads: int = 0) -> None:
        del model, device, threads  # the nodes decide
        self._nodes = [_address(url) for url in urls]
        self._turn = itertools.cycle(range(len(self._nodes)))
        self._open = threading.local()
        abouts = [self._about(number) for number in range(len(self._nodes))]
        if any(about != abouts[0] for about in abouts):
            raise UsageError(
                "the nodes of the network run different models", hint="start the same model on each"
            )
        self.version = str(abouts[0]["version"])
        self.signature = tuple(
            InputSpec(name=spec["name"], dtype=spec["dtype"], shape=tuple(spec["shape"]))
            for spec in abouts[0]["inputs"]
        )
        self.network_name = f"{NAME}: {abouts[0]['name']} on {len(self._nodes)} node(s)"

    def predict(self, inputs: Inputs) -> Sequence[NDArray[Any]]:
        """Let the next node run the model."""
        body = self._ask(next(self._turn), "POST", PREDICT, pack_inputs(inputs))
        return unpack_outputs(body)

    def _about(self, number: int) -> dict[str, Any]:
        try:
            about = json.loads(self._ask(number, "GET", ABOUT, None))
            return {key: about[key] for key in ("name", "version", "inputs")}
        except (ValueError, KeyError, TypeError) as error:
            host, port = self._nodes[number]
            raise CMError(
                f"something other than a node answers at http://{host}:{port}",
                hint="start a node with: cm serve mlperf MODEL",
            ) from error

    def _ask(self, number: int, method: str, path: str, body: bytes | None) -> bytes:
        host, port = self._nodes[number]
        connections: dict[int, http.client.HTTPConnection] = self._open.__dict__.setdefault("by_node", {})
        if number not in connections:
            connections[number] = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        try:
            connections[number].request(method, path, body, {"Content-Type": ARRAYS} if body else {})
            answer = connections[number].getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise CMError(
                f"the node http://{host}:{port} cannot be reached: {error}",
                hint="start it with: cm serve mlperf MODEL",
            ) from error
        if answer.status != _OK:
            raise CMError(
                f"the node http://{host}:{port} failed: {_reason(content, answer.reason)}",
                hint="check its output; it must be a server started with: cm serve mlperf MODEL",
            )
        return content


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme == "http" and parts.hostname and parts.path in ("", "/"):
            return parts.hostname, parts.port or 80
    except ValueError:
        pass
    raise UsageError(f"'{url}' is not the URL of a node", hint="write http://HOST:PORT")


def _reason(content: bytes, otherwise: str) -> str:
    try:
        return str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError):
        return otherwise
