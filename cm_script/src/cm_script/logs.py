"""Where the output of native scripts is kept, and for how long."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from cm_core import CMError
from cm_core.base import remove_tree

KEPT_RUNS = 100


def run_folder(logs: Path) -> Path:
    """The folder for the logs of one run; made when there is something to log."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return logs / f"{stamp}-{os.getpid()}"


def forget_old_runs(logs: Path) -> None:
    """Remove all but the latest runs; what cannot be removed stays."""
    try:
        names = sorted(os.listdir(logs))  # noqa: PTH208 - the names sort by time
    except OSError:
        return
    for name in names[:-KEPT_RUNS]:
        with contextlib.suppress(CMError):
            remove_tree(logs / name, inside=logs)
