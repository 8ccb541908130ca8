"""``cm serve mlperf``: be the system under test of a network run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cm_core import CMError, Result, UsageError
from cm_mlperf.components.network.node import Node
from cm_mlperf.run.configuration import read_configuration
from cm_mlperf.run.target import find_model
from cm_mlperf.run.worker.build import make

if TYPE_CHECKING:
    from cm_core import Request, Session

_PORT = "8000"


def serve(request: Request, session: Session) -> Result:
    """Load a model and run batches for others until Ctrl-C.

    Raises:
        CMError: when the model cannot be loaded or the port is taken.
    """
    host, port = request.text("host", "127.0.0.1"), request.text("port", _PORT)
    if not port.isdecimal() or int(port) > 65535:
        raise UsageError(
            f"--port={port} is not a port", hint="write a number up to 65535; 0 takes a free one"
        )
    configuration = read_configuration(request, session.cwd)
    found = find_model(configuration, session)
    sut = make(found.sut)
    try:
        node = Node((host, int(port)), sut, name=found.name, workers=configuration.tuning.workers or 1)
    except OSError as error:
        raise CMError(
            f"cannot listen at {host}:{port}: {error.strerror or error}", hint="choose another with --port"
        ) from error
    with node:
        session.reporter.message(f"serving {found.name} at {node.url} (Ctrl-C ends it)")
        with contextlib.suppress(KeyboardInterrupt):
            node.serve_forever()
        served = node.served
        return Result(data={"url": node.url, "batches": served}, lines=(f"served {served} batches",))
