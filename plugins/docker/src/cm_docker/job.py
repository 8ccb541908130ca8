"""What is to be run in a container: the script, its command, and what travels in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, Request, UsageError, is_true
from cm_core.base import holds_secret, is_secret
from cm_docker.mounts import Inputs, find_inputs, metadata_mounts, mountable
from cm_docker.proxies import proxies_with_password
from cm_docker.settings import ContainerSettings, is_container_option, read_settings, typed_options
from cm_script import Inspection, exact_command, inspect_script, is_enabled

if TYPE_CHECKING:
    from cm_core import Artifact, Session
    from cm_docker.engine import Mount

# What the outer command does itself.
_OUTSIDE = frozenset(
    {"out", "json", "j", "save_to_json", "debug", "help", "h", "print_dockerfile", "force", "f", "dry_run"}
)
# What changes how a run is shown, and nothing of its image.
_DISPLAY = frozenset({"quiet", "silent", "s", "verbose", "v", "time", "space", "print_env", "print_versions"})
_INSIDE_DOCKER = {"env": {"CM_RUN_STATE_DOCKER": True}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerJob:
    """A script and how it runs in a container.

    Attributes:
        script: what runs.
        command: words that run it inside, without what belongs to this machine alone.
        image_command: what the image runs when nobody says more: the same without files of this machine.
        build_command: words that make its dependencies ready while the image is built; empty when they
            cannot be: they may need files that only a run has.
        mounts: all mounts of a run.
        secrets: inputs that go in as a file, never in an argument, a layer or a variable.
    """

    script: Artifact
    variations: tuple[str, ...]
    settings: ContainerSettings
    command: tuple[str, ...]
    image_command: tuple[str, ...]
    build_command: tuple[str, ...]
    mounts: tuple[Mount, ...]
    secrets: Mapping[str, Any] = field(default_factory=dict, repr=False)


def plan_job(request: Request, session: Session) -> ContainerJob:
    """Select the script that a request means, and find out what its container needs.

    Raises:
        CMError: when no script fits, an option is wrong, or an input names a missing path.
    """
    found = inspect_script(request, session)
    options = found.options
    settings = read_settings(options, found.docker, session)
    name = found.script.name
    if not settings.runs:
        raise CMError(
            f"the metadata of script '{name}' says that it is not for containers (docker.run)",
            hint="add --docker_run_override to run it in one anyway",
        )
    own = {key: value for key, value in options.items() if not _is_outside(key)}
    secrets, public = split_secrets(own)
    inputs = find_inputs(public, settings, session)
    extra, env = metadata_mounts(settings, _mount_env(found, settings, session), session)
    given = _with_env(inputs.options, env)
    if found.container_deps:
        given["docker_run_deps"] = True  # Inside, they come first.
    return ContainerJob(
        script=found.script,
        variations=found.variations,
        settings=settings,
        command=exact_command(found, given, session),
        image_command=exact_command(found, without_inputs(given, {*inputs.paths, *_DISPLAY}), session),
        build_command=_build_command(found, inputs, settings, session),
        mounts=(*inputs.mounts, *extra),
        secrets=_with_tokens(secrets, options, session),
    )


def split_secrets(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The secrets among options, nested ones too, and the rest."""
    secrets: dict[str, Any] = {}
    public: dict[str, Any] = {}
    for key, value in options.items():
        if is_secret(str(key)) or (not isinstance(value, Mapping) and holds_secret(str(key), value)):
            secrets[key] = value
        elif isinstance(value, Mapping):
            hidden, shown = split_secrets(value)
            secrets.update({key: hidden} if hidden else {})
            public.update({key: shown} if shown or not hidden else {})
        else:
            public[key] = value
    return secrets, public


def _is_outside(key: str) -> bool:
    return key in _OUTSIDE or is_container_option(key)


def _with_tokens(secrets: Mapping[str, Any], options: Mapping[str, Any], session: Session) -> dict[str, Any]:
    """The secrets, with the token of ``--docker_gh_token`` and those that a run outside would see."""
    full = dict(secrets)
    if token := typed_options(options).get("gh_token"):
        full.setdefault("gh_token", token)
    outside = proxies_with_password(session.env)
    if token := session.env.get("GH_TOKEN"):
        outside["GH_TOKEN"] = token
    return {**full, "env": {**outside, **(full.get("env") or {})}} if outside else full


def _with_env(options: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    return {**options, "env": {**(options.get("env") or {}), **env}} if env else dict(options)


def _build_command(
    found: Inspection, inputs: Inputs, settings: ContainerSettings, session: Session
) -> tuple[str, ...]:
    """The command of the image: dependencies only. Without it when inputs are files of a run."""
    left_out = set(settings.skip_input_for_fake_run)
    needed = {name for name in inputs.paths if name not in left_out}
    wanted = settings.fake_run_deps
    if settings.shared_cache or settings.skip_run_cmd or wanted is False or (needed and not wanted):
        return ()
    kept = without_inputs(inputs.options, {*left_out, *inputs.paths, *_DISPLAY})
    env = {**(kept.get("env") or {}), **split_secrets(settings.env)[1], **_INSIDE_DOCKER["env"]}
    return exact_command(found, {**kept, "env": env, "fake_run": True, "quiet": True}, session)


def without_inputs(options: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The options without some, which may be written ``env.KEY``."""
    kept: dict[str, Any] = {}
    for key, value in options.items():
        if isinstance(value, Mapping):
            inner = {
                name for whole in names if whole.startswith(f"{key}.") for name in [whole.split(".", 1)[1]]
            }
            kept[key] = without_inputs(value, inner)
        elif key not in names:
            kept[key] = value
    return kept


def _mount_env(found: Inspection, settings: ContainerSettings, session: Session) -> dict[str, Any]:
    """What ``${{ KEY }}`` in mounts of the metadata means; dependencies that say it run here."""
    env = dict(found.env)
    shown = {"dry_run": True} if is_true(found.options.get("dry_run")) else {}
    for name, key in settings.docker_input_mapping.items():
        if name in found.options:
            env[key] = found.options[name]
    if not any("${{" in mount for mount in settings.mounts):
        return env
    for entry in (*found.docker.get("deps", ()), *found.docker.get("build_deps", ())):
        if not isinstance(entry, Mapping) or not entry.get("tags") or not is_enabled(entry, env):
            continue
        options = {"tags": entry["tags"], "env": dict(entry.get("env") or {}), "quiet": True, **shown}
        answer = session.call(Request(action="run", automation="script", options=options))
        env.update(answer.data.get("new_env", {}))
    return env


def work_folder(session: Session) -> Path:
    """The folder that a run works in, outside.

    Raises:
        UsageError: when it is the root of the file system, or no engine can show it.
    """
    if session.cwd.parent == session.cwd:
        raise UsageError(
            "a run in a container cannot start in the root of the file system",
            hint="change to another folder",
        )
    if Path.home().is_relative_to(session.cwd):
        session.warn(
            f"the container can read and change all of {session.cwd}, which is or contains your home folder;"
            " run the command in a separate folder to avoid that"
        )
    return mountable(session.cwd)
