"""What a worker process is told to do: a JSON file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cm_core.base import Format
from cm_mlperf.interfaces import Component

SPEC_FILE = "worker.json"
USER_CONF = "user.conf"
AUDIT_CONF = "audit.config"
CONSOLE_LOG = "console.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """One run of a worker.

    Attributes:
        folder: gets the logs and holds ``user.conf`` and, for a compliance test, ``audit.config``.
        job: ``test`` is a LoadGen run, ``probe`` measures without LoadGen.
        conf_model: name under which LoadGen's built-in configuration knows the model.
        accuracy: ``None`` when answers are not judged; then their bytes are logged.
        settings: attributes of ``TestSettings`` that no configuration file can set.
        performance_samples: kept in memory in performance mode; 0 means all.
        batch_size: most samples that go through the model together; 0 lets a probe choose.
        workers: threads that take queries; 0 answers Server within LoadGen's own call.
        max_wait_ms: how long a batch of Server waits to be filled.
        seconds: length of a probe.
    """

    folder: str
    job: str
    dataset: Component
    sut: Component
    accuracy: Component | None = None
    scenario: str = ""
    mode: str = ""
    conf_model: str = "any"
    settings: Mapping[str, Any] = field(default_factory=dict)
    performance_samples: int = 0
    batch_size: int = 1
    workers: int = 1
    max_wait_ms: float = 0.0
    seconds: float = 1.0

    def write(self) -> Path:
        """Write the file into the folder and return its path."""
        path = Path(self.folder) / SPEC_FILE
        _FORMAT.write(path, self)
        return path


_FORMAT = Format(record=WorkerSpec)


def read_spec(path: Path) -> WorkerSpec:
    """Read the file of a parent of the same version."""
    return _FORMAT.read(path)
