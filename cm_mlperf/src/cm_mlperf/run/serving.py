"""``cm serve mlperf``: be the system under test of a network run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cm_core import CMError, Result
from cm_core.flags import read_flags
from cm_mlperf.components.build import make
from cm_mlperf.components.network.node import Node
from cm_mlperf.flags import Serve
from cm_mlperf.run.configuration import read_configuration
from cm_mlperf.run.target import find_model

if TYPE_CHECKING:
    from cm_core import Request, Session


def serve(request: Request, session: Session) -> Result:
    """Load a model and run batches for others until Ctrl-C.

    Raises:
        CMError: when the model cannot be loaded or the port is taken.
    """
    asked = read_flags(Serve, request)
    configuration = read_configuration(request, session.cwd)
    found = find_model(configuration, session)
    sut = make(found.sut)
    try:
        node = Node((asked.host, asked.port), sut, name=found.name, workers=configuration.tuning.workers or 1)
    except OSError as error:
        raise CMError(
            f"cannot listen at {asked.host}:{asked.port}: {error.strerror or error}",
            hint="choose another one with --port",
        ) from error
    with node:
        session.reporter.message(f"serving {found.name} at {node.url} (press Ctrl-C to stop)")
        with contextlib.suppress(KeyboardInterrupt):
            node.serve_forever()
        served = node.served
        return Result(data={"url": node.url, "batches": served}, lines=(f"served {served} batches",))
