"""``python -m cm_mlperf.run.worker SPEC``: see the package."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from cm_mlperf.run.worker.channel import Channel, end_with_parent
from cm_mlperf.run.worker.spec import CONSOLE_LOG, read_spec


def main() -> int:
    """Do what the file says that is named on the command line."""
    # Ctrl-C reaches all programs in front; the parent decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    spec = read_spec(Path(sys.argv[1]))
    channel = Channel(Path(spec.folder) / CONSOLE_LOG)
    try:
        if spec.job == "probe":
            from cm_mlperf.run.worker.probing import run_probe

            run_probe(spec, channel)
        else:
            from cm_mlperf.run.worker.measure import run_test

            run_test(spec, channel)
    except BaseException as error:  # noqa: BLE001 - reported to the parent
        channel.fail(error, "the run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
