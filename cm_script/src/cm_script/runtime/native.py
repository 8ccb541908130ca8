"""Running a native script with an env under the tmp-file protocol.

The generated script that sets the env lives in a private file and is gone after the run; only the files that
recipes write (``tmp-run-env.out``, ``tmp-run-state.json``, ``tmp-ver.out``) are in the working folder.
``tmp-state.json`` is written there only for a script that mentions it, since no public recipe reads it.
None of these files keeps a secret once it has been read.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cm_core import CMError, NotFoundError, field, frozen
from cm_core.base import (
    Secrets,
    atomic_write_json,
    check_depth,
    holds_secret,
    raise_os_error,
    without_secrets,
)
from cm_script.profile import CM, Profile
from cm_script.runtime.nativeoutcome import NativeOutcome
from cm_script.runtime.process import run_captured
from cm_script.runtime.quoting import export_script, secret_keys, secret_variables


@frozen
class NativeRun:
    """One native script to run.

    Attributes:
        script: the file of the recipe.
        env: the env of the run; keys and values as recipes set them (``+PATH`` holds a list).
        state: the state of the run; ``script_prefix`` in it goes before the env.
        cwd: the working folder; the process itself stays where it is.
        process_env: the environment that the shell inherits.
        platform: ``linux``, ``darwin`` or ``windows``.
        profile: names of the files.
        log_path: where the whole output is appended; created with the first output.
        temp_dir: where the generated script lives; the system's folder for temporary files if not given.
        on_output: gets the output piece by piece, in the calling thread.
        reports: whether the script may write ``tmp-run-env.out`` and ``tmp-run-state.json``; otherwise such
            files belong to somebody else and are left alone.
        private: the working folder belongs to this run alone and is gone after a failure.
        keep_script: leave a runnable copy, ``tmp-run-without-cm.sh``, in the working folder.
    """

    script: Path
    env: Mapping[str, Any]
    state: Mapping[str, Any] = field(default_factory=dict)
    cwd: Path
    process_env: Mapping[str, str]
    platform: str = "linux"
    profile: Profile = CM
    log_path: Path | None = None
    temp_dir: Path | None = None
    on_output: Callable[[str], None] = lambda _text: None
    reports: bool = True
    private: bool = False
    keep_script: bool = False


def run_native(run: NativeRun) -> NativeOutcome:
    """Run a native script and collect what it reports; a status other than 0 is the caller's to judge.

    Raises:
        NotFoundError: when the shell or the working folder is missing.
        CMError: when files cannot be written or what the script reported cannot be read.
        KeyboardInterrupt: after Ctrl-C, when the script and what it started have ended.
    """
    env_file, state_file = run.cwd / run.profile.run_env_file, run.cwd / run.profile.run_state_file
    if run.reports:
        _forget(env_file)
        _forget(state_file)
    shown_state = _write_state_if_read(run)
    secrets = secret_keys(run.env)
    with _generated_script(run, leave_out=secrets) as generated:
        captured = run_captured(
            _shell_command(generated, run.platform),
            cwd=run.cwd,
            env={**run.process_env, **secret_variables(run.env, secrets, run.process_env, run.platform)},
            log_path=run.log_path,
            on_output=run.on_output,
            hide=Secrets(run.process_env, {key: run.env[key] for key in secrets}).hidden_in,
        )
        if shown_state is not None:
            _drop_secrets_of_json(shown_state, run.state)
        if captured.status != 0 and run.log_path is not None:
            kept = run.log_path.with_suffix(generated.suffix)
            _copy_private(generated, kept)
            shown = kept
        else:
            shown = run.script
    return NativeOutcome(
        status=captured.status,
        env=_read_env(env_file) if run.reports else {},
        state=_read_state(state_file) if run.reports else {},
        command=_shown_command(run, shown),
        log_path=run.log_path if captured.logged else None,
        tail=captured.tail,
        script=run.script,
        missing=captured.missing,
    )


def parse_env_lines(text: str) -> dict[str, str]:
    """``KEY=VALUE`` lines; only the first ``=`` separates, and lines without one are skipped."""
    pairs = (line.partition("=") for line in text.split("\n"))
    return {key.strip(): value.strip() for key, equals, value in pairs if equals and key.strip()}


def script_text(run: NativeRun, *, leave_out: frozenset[str] = frozenset()) -> str:
    """The generated script: env, then the recipe's script in the same shell."""
    prefix = run.state.get("script_prefix") or ()
    lines = export_script(run.env, platform=run.platform, script_prefix=prefix, leave_out=leave_out)
    if run.platform == "windows":
        return f'{lines}\ncall "{run.script}"\n'
    return f"{lines}\n. {shlex.quote(str(run.script))}\n"


def _shell_command(generated: Path, platform: str) -> list[str]:
    if platform == "windows":
        return ["cmd", "/d", "/c", "call", str(generated)]
    # `-c` keeps $0 at "bash" for the sourced script, and a plain `exit` ends the run.
    return ["bash", "-c", f". {shlex.quote(str(generated))}"]


def _shown_command(run: NativeRun, script: Path) -> str:
    if run.platform == "windows":
        return f'call "{script}"' if run.private else f'cd /d "{run.cwd}" && call "{script}"'
    inner = f". {shlex.quote(str(script))}"
    folder = '"$(mktemp -d)"' if run.private else shlex.quote(str(run.cwd))
    return f"cd {folder} && bash -c {shlex.quote(inner)}"


@contextlib.contextmanager
def _generated_script(run: NativeRun, *, leave_out: frozenset[str]) -> Iterator[Path]:
    suffix = ".bat" if run.platform == "windows" else ".sh"
    text = script_text(run, leave_out=leave_out)
    try:
        handle, path = _private_file(run, suffix)
    except OSError as error:
        raise_os_error("write", run.temp_dir or Path(error.filename or "the generated script"), error)
    try:
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
                stream.write(text)
        except OSError as error:
            raise_os_error("write", path, error)
        if run.keep_script:
            _copy_private(path, run.cwd / f"{run.profile.run_debug_file}{suffix}")
        yield path
    finally:
        path.unlink(missing_ok=True)


def _private_file(run: NativeRun, suffix: str) -> tuple[int, Path]:
    """Create a file that nobody but its owner can read."""
    folder = run.temp_dir
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    elif os.name == "posix":
        # The usual place first: to import what knows all others takes longer than everything else here.
        usual = Path(run.process_env.get("TMPDIR") or "/tmp")  # noqa: S108 - the name is new and random
        with contextlib.suppress(OSError):
            path = usual / f"cm-run-{os.urandom(8).hex()}{suffix}"
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), path
    import tempfile

    handle, name = tempfile.mkstemp(prefix="cm-run-", suffix=suffix, dir=folder)
    return handle, Path(name)


def _copy_private(source: Path, target: Path) -> None:
    """Copy a generated script so that its owner can run it and nobody else can read it."""
    with contextlib.suppress(OSError):  # a help for debugging; the run itself does not depend on it
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_bytes()
        # A new file: who can read, or has open, one of an earlier run must not see this one.
        target.unlink(missing_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "wb") as stream:
            stream.write(text)


def _forget(report: Path) -> None:
    """Remove what an earlier run reported."""
    try:
        report.unlink(missing_ok=True)
    except OSError as error:
        raise_os_error("remove", report, error)


def _write_state_if_read(run: NativeRun) -> Path | None:
    """Write the state for a script that reads it, secrets included; returns the file."""
    try:
        wanted = run.profile.state_file.encode() in run.script.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"native script {run.script} does not exist") from error
    except OSError as error:
        raise_os_error("read", run.script, error)
    if not wanted:
        return None
    file = run.cwd / run.profile.state_file
    atomic_write_json(file, dict(run.state))
    return file


def _check_regular(path: Path) -> None:
    """Refuse what is no file: to read a pipe, or the memory of a device, takes for ever."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise CMError(
            f"the native script left {path}, which is not a regular file",
            hint="let the script write a new file of this name",
        )


def _read_env(path: Path) -> dict[str, str]:
    try:
        _check_regular(path)
        env = parse_env_lines(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise_os_error("read", path, error)
    kept = {key: value for key, value in env.items() if not holds_secret(key, value)}
    if len(kept) < len(env):
        _overwrite(path, "".join(f"{key}={value}\n" for key, value in kept.items()))
    return env


def _read_state(path: Path) -> dict[str, Any]:
    try:
        _check_regular(path)
        state = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise_os_error("read", path, error)
    except (ValueError, RecursionError) as error:
        raise CMError(f"the native script wrote no valid JSON to {path}: {error}") from error
    check_depth(state, f"what the native script wrote to {path}")
    if not isinstance(state, dict):
        raise CMError(f"the native script wrote no JSON object to {path}")
    _drop_secrets_of_json(path, state)
    return state


def _drop_secrets_of_json(path: Path, state: Mapping[str, Any]) -> None:
    if (kept := without_secrets(state)) != state:
        _overwrite(path, json.dumps(kept, indent=2))


def _overwrite(path: Path, text: str) -> None:
    """Replace what a file holds: in a cache entry it would stay for as long as the entry."""
    try:
        path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    except OSError as error:
        raise_os_error("take secrets out of", path, error)
