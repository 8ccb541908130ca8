"""Which round the installed LoadGen is of: its seeds are compiled in."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from cm_core import CMError
from cm_core.base import ask_program
from cm_mlperf.loadgen.rounds import Round, Seeds, load, names

# Versions of the wheel with the seeds of a round, as far as they were looked at. The hint names the
# newest, which is the last.
WHEELS: Mapping[str, tuple[str, ...]] = {
    "v5.1": ("5.0.25", "5.1.2", "6.0.3"),
    "v6.0": ("6.0.9", "6.0.12"),
    "v6.1": ("6.0.17",),
}
# LoadGen reads its built-in configuration once in a process, hence a process of its own.
_PROGRAM = """
import json, tempfile, pathlib, mlperf_loadgen as loadgen
with tempfile.TemporaryDirectory() as folder:
    empty = pathlib.Path(folder, "user.conf")
    empty.touch()
    settings = loadgen.TestSettings()
    settings.FromConfig(str(empty), "none", "Offline")
print(json.dumps([settings.qsl_rng_seed, settings.sample_index_rng_seed, settings.schedule_rng_seed]))
"""


def installed_seeds(env: Mapping[str, str] | None = None) -> Seeds:
    """The seeds that the installed LoadGen uses.

    Raises:
        CMError: when LoadGen is not installed or does not start.
    """
    done = ask_program([sys.executable, "-c", _PROGRAM], env=env)
    try:
        qsl, sample_index, schedule = json.loads(done.stdout)
    except ValueError as error:
        raise CMError(f"LoadGen's seeds cannot be read: {error}") from error
    return Seeds(qsl=qsl, sample_index=sample_index, schedule=schedule)


def how_to_install(round_name: str) -> str:
    """What to type for the LoadGen of a round; where no wheel is known to have its seeds, that is said."""
    if round_name not in WHEELS:
        return f"no wheel of mlcommons-loadgen is known with the seeds of {round_name}"
    return f"run: pip install mlcommons-loadgen=={WHEELS[round_name][-1]}"


def seeds_in(values: Mapping[str, Any]) -> Seeds | None:
    """The seeds of a LoadGen log, ``None`` when they are not all there."""
    try:
        return Seeds(
            qsl=values["effective_qsl_rng_seed"],
            sample_index=values["effective_sample_index_rng_seed"],
            schedule=values["effective_schedule_rng_seed"],
        )
    except KeyError:
        return None


def round_of(seeds: Seeds) -> Round | None:
    """The round that has these seeds, ``None`` for none."""
    return next((found for name in names() if (found := load(name)).seeds == seeds), None)
