"""The side of the model: an HTTP server that runs batches for others."""

from __future__ import annotations

import json
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cm_core import CMError, UsageError
from cm_mlperf.components.network.wire import ABOUT, ARRAYS, JSON, PREDICT, pack_outputs, unpack_inputs

if TYPE_CHECKING:
    from cm_mlperf.interfaces import SystemUnderTest

_MAX_BODY = 1 << 30


class Node(ThreadingHTTPServer):
    """Serves one model.

    Args:
        address: host and port; port 0 takes a free one.
        sut: the model.
        name: of the model, for whoever asks.
        workers: batches that may run at the same time.
    """

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], sut: SystemUnderTest, *, name: str, workers: int = 1
    ) -> None:
        super().__init__(address, _Handler)
        self.sut = sut
        self.name = name
        self.served = 0
        self._slots = threading.Semaphore(workers)

    @property
    def url(self) -> str:
        """Where it is reached."""
        host, port = self.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    def about(self) -> dict[str, Any]:
        """What clients want to know of the model."""
        inputs = [
            {"name": spec.name, "dtype": spec.dtype, "shape": list(spec.shape)}
            for spec in getattr(self.sut, "signature", ())
        ]
        return {"name": self.name, "version": str(getattr(self.sut, "version", "")), "inputs": inputs}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong, unless a client just went away in the middle."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def predict(self, body: bytes) -> bytes:
        """Run one batch.

        Raises:
            UsageError: when the body holds none.
        """
        try:
            inputs = unpack_inputs(body)
        except Exception as error:  # what a damaged body raises depends on where it is damaged
            raise UsageError("the request body contains no NumPy arrays") from error
        with self._slots:
            outputs = self.sut.predict(inputs)
            self.served += 1
        return pack_outputs(outputs)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Node
    # An answer leaves in one piece: what follows a first small piece waits up to 40 ms for its receipt.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer what the model is."""
        if self.path == ABOUT:
            self._answer(200, JSON, json.dumps(self.server.about()).encode())
        else:
            self._fail(404, "there is nothing here")

    def do_POST(self) -> None:
        """Run a batch."""
        length = self.headers.get("Content-Length", "")
        if self.path != PREDICT or not length.isdecimal() or int(length) > _MAX_BODY:
            self.close_connection = True
            self._fail(400, f"POST {PREDICT} takes at most {_MAX_BODY} bytes and needs their length")
            return
        body = self.rfile.read(int(length))
        try:
            answer = self.server.predict(body)
        except UsageError as error:
            self._fail(400, error.message)
        except CMError as error:
            self._fail(500, error.message)
        except Exception as error:  # noqa: BLE001 - user code raises anything; the client is told
            traceback.print_exception(error)
            self._fail(500, f"{type(error).__name__}: {' '.join(str(error).split())}")
        else:
            self._answer(200, ARRAYS, answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the standard library
        """Thousands of requests a second need no line each."""

    def _fail(self, status: int, error: str) -> None:
        self._answer(status, JSON, json.dumps({"error": error}).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
