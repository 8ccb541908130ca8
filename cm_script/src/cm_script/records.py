"""Files that a run leaves on request: its environment, versions, and a record for repeating it."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import __version__, shareable
from cm_core.base import (
    atomic_write_json,
    atomic_write_text,
    raise_os_error,
    run_interactive,
)
from cm_script.rerun import rerun_command
from cm_script.runtime.quoting import export_script, secret_keys, secret_variables

if TYPE_CHECKING:
    from cm_script.model.call import ScriptCall
    from cm_script.pipeline.context import RunContext
    from cm_script.pipeline.outcome import StepRecord

_PREFIX = "cm-run-script-"
_FOLDER = "cm-repro"
_OUTPUT_FILE = "cm-output.json"
_README = """\
# How to repeat this run

```bash
{command}
```

The files next to this one contain its inputs, the machine, its results and its steps.
"""


def save_env(context: RunContext, folder: Path, new_env: Mapping[str, Any], state: Mapping[str, Any]) -> Path:
    """Write a script that sets the exported environment; secrets are left out.

    Returns:
        the file, ``tmp-env.sh`` or ``tmp-env.bat``.
    """
    host = str(context.os_info["platform"])
    file = folder / f"{context.profile.env_file}{context.os_info['bat_ext']}"
    prefix = state.get("script_prefix") or ()
    text = export_script(new_env, script_prefix=prefix, platform=host, leave_out=secret_keys(new_env))
    atomic_write_text(file, text)
    return file


def open_shell(context: RunContext, file: Path, new_env: Mapping[str, Any]) -> int:
    """Start an interactive shell in which a saved environment is set, secrets too; returns its status."""
    host, inherited = str(context.os_info["platform"]), context.session.env
    words = ["cmd", "/K", str(file)] if host == "windows" else ["bash", "--rcfile", str(file), "-i"]
    secrets = secret_variables(new_env, secret_keys(new_env), inherited, host)
    return run_interactive(words, cwd=file.parent, env={**inherited, **secrets})


def version_table(records: Sequence[StepRecord]) -> list[dict[str, Any]]:
    """The versions of everything that was used, one row for each script and version."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for record in sorted(records, key=lambda record: record.step.id):
        alias, _, uid = record.script.partition(",")
        if record.version:
            row = {"script_alias": alias, "script_uid": uid, "version": record.version, "path": record.path}
            rows.setdefault((record.script, record.version), row)
    return list(rows.values())


def dump_versions(folder: Path, records: Sequence[StepRecord]) -> tuple[Path, Path]:
    """Write the versions as a table, and keyed by script as the original does."""
    table = version_table(records)
    by_script = [{row["script_alias"]: row} for row in table]
    files = folder / f"{_PREFIX}versions.json", folder / "version_info.json"
    atomic_write_json(files[0], table)
    atomic_write_json(files[1], by_script)
    return files


class ReproRecord:
    """The folder of ``--repro``: inputs before the run, outputs after it, also of a run that fails."""

    def __init__(self, context: RunContext, call: ScriptCall) -> None:
        options = call.options
        self._context = context
        self._call = call
        self._work = Path(call.host.cwd)
        self._folder = self._work / str(options.get("repro_dir") or _FOLDER)
        self._prefix = str(options.get("repro_prefix") or _PREFIX)

    def start(self) -> None:
        """Write what was asked for and on what machine.

        Raises:
            CMError: when the folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise_os_error("create", self._folder, error)
        command = shlex.join(rerun_command(self._call, self._context.profile))
        self._write("input", {**self._call.options, "artifact": self._call.artifact})
        self._write(
            "info", {**host_facts(), "command": command, "home": str(self._context.session.home.path)}
        )
        readme = _README.format(command=command)
        atomic_write_text(self._folder / f"{self._prefix}README-cm.md", readme)

    def finish(self, answer: Mapping[str, Any]) -> None:
        """Write what came out, or how it failed."""
        self._write("output", answer)
        self._write(
            "run-state",
            {
                "steps": [record.to_json() for record in self._context.records],
                "version_info": version_table(self._context.records),
            },
        )
        atomic_write_json(self._work / _OUTPUT_FILE, shareable(answer))

    def _write(self, name: str, data: Mapping[str, Any]) -> None:
        atomic_write_json(self._folder / f"{self._prefix}{name}.json", shareable(data))


def host_facts() -> dict[str, str]:
    """The machine, the versions of Python and of the toolkit, and the time."""
    return {
        "platform": platform.platform(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cm_toolkit": __version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
