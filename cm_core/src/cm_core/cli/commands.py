"""``cm plugins``, ``cm doctor``, ``cm completion``: commands that the core's own plugin registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cm_core.base.text import aligned
from cm_core.cli.console import Console
from cm_core.errors import NotFoundError
from cm_core.model.result import Result
from cm_core.verbs import COMMANDS

if TYPE_CHECKING:
    from cm_core.cli.render import OutputForm
    from cm_core.plugins.registry import PluginInfo

_FORMS = click.Choice(["con", "json", "yaml"])
_as_json = click.option("--json", "-j", "as_json", is_flag=True, help="Print one JSON document.")
_out = click.option("--out", type=_FORMS, default="con", help="Form of the answer.")


def add_commands(group: click.Group) -> None:
    """Add the commands to ``cm``."""
    for name in COMMANDS:
        group.add_command(globals()[name])


@click.group(invoke_without_command=True)
@_as_json
@_out
@click.pass_context
def plugins(context: click.Context, out: OutputForm, as_json: bool) -> int:
    """List plugins, or show one."""
    form = {"out": out, "as_json": as_json}
    if context.invoked_subcommand:
        context.default_map = {context.invoked_subcommand: form}
        return 0
    return int(context.invoke(list_plugins, **form))


@plugins.command("list")
@_as_json
@_out
@click.pass_obj
def list_plugins(console: Console, out: OutputForm, as_json: bool) -> int:
    """List all plugins, broken ones too."""
    console.use("json" if as_json else out)
    infos = list(console.registry.plugins.values())
    lines = aligned([_summary(info) for info in infos])
    return console.show(Result(data={"plugins": infos}, lines=tuple(lines)))


@plugins.command("info")
@click.argument("name", required=False)
@_as_json
@_out
@click.pass_obj
def plugin_info(console: Console, name: str | None, out: OutputForm, as_json: bool) -> int:
    """Show everything known about one plugin, or about all."""
    from cm_core.base.suggest import did_you_mean

    console.use("json" if as_json else out)
    known = console.registry.plugins
    if name is not None and name not in known:
        raise NotFoundError(
            f"there is no plugin '{name}'", hint=did_you_mean(name, list(known)) or "see: cm plugins list"
        )
    infos = [known[name]] if name else list(known.values())
    lines = tuple("\n".join(_details(info)) for info in infos)
    return console.show(Result(data={"plugins": infos}, lines=lines))


@click.command()
@_as_json
@_out
@click.pass_obj
def doctor(console: Console, out: OutputForm, as_json: bool) -> int:
    """Check this installation and say how to repair it."""
    from cm_core.actions.doctor import examine
    from cm_core.reporter import NullReporter

    console.use("json" if as_json else out)
    # What would be a warning elsewhere is a finding here.
    console.session.reporter = NullReporter()
    return console.show(examine(console.session))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_obj
def completion(console: Console, shell: str) -> int:
    """Print the code that teaches a shell to complete cm."""
    from cm_core.cli.completion import shell_code

    console.renderer.text(shell_code(shell, ["cm", *sorted(console.registry.shortcuts())]))
    return 0


def _summary(info: PluginInfo) -> tuple[str, ...]:
    return (
        info.name,
        f"{info.distribution} {info.version}",
        f"off: {info.problem}" if info.problem else _gives(info),
    )


def _gives(info: PluginInfo) -> str:
    """What a plugin is for: kinds, else verbs, else hooks."""
    verbs = ", ".join(action.removesuffix(" *") for action in info.actions)
    return ", ".join(info.automations) or (
        f"actions: {verbs}" if verbs else f"hooks: {', '.join(info.hooks)}"
    )


def _details(info: PluginInfo) -> list[str]:
    rows = {
        "distribution": f"{info.distribution} {info.version}",
        "module": info.module,
        "interface": info.api,
        "state": f"off: {info.problem}" if info.problem else "on",
        "fix": info.fix,
        "automations": ", ".join(info.automations),
        "actions": ", ".join(info.actions),
        "hooks": ", ".join(info.hooks),
        "loaded in": f"{info.load_seconds * 1000:.1f} ms",
    }
    return [info.name, *(f"  {name:<13} {value}" for name, value in rows.items() if value)]
