"""Parts of the reference that are written from the code.

``python tests/docs/reference_tables.py`` brings the pages up to date; a test fails when they are not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from importlib import import_module
from inspect import isfunction, signature
from pathlib import Path
from types import ModuleType

from key_tables import KEY_WRITERS, cell
from public_names import public_names

from cm_core import Action, AddedFlags, Automation, errors, flags, hookspecs
from cm_core.cli.catalog import ALL_KINDS, Catalog, Verb
from cm_core.cli.flagtext import by_group, default_of, type_of
from cm_core.flags import Everywhere, Flag, dashed
from cm_core.flagsettings import Bounds, More
from cm_core.plugins import PluginRegistry, flags_in
from cm_core.verbs import FIVE_ACTIONS

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end of generated -->)", re.DOTALL)

# A cross-reference of a docstring, such as :class:`~package.module.Name`.
ROLE = re.compile(r":\w+:`~?(?:\w+\.)*(\w+)`")


def flags_table(flags: Iterable[Flag]) -> list[str]:
    """The flags by use, with type and default."""
    lines: list[str] = []
    groups = by_group(flags)
    for title, group in groups.items():
        lines += [f"**{title}**", ""] if title and len(groups) > 1 else []
        lines += ["| Flag | Type | Default | |", "|---|---|---|---|", *map(row, group), ""]
    return lines


def row(flag: Flag) -> str:
    also = "".join(f", `{dashed(name)}`" for name in flag.also)
    env = f" (environment: `{flag.env}`)" if flag.env else ""
    cells = (f"`{flag.form}`{also}", type_of(flag), default_of(flag), flag.help + env)
    return f"| {' | '.join(map(cell, cells))} |"


ATTRIBUTE = re.compile(r"^ {8}([\w, ]+): (.*(?:\n {12}.*)*)", re.MULTILINE)


# Plugins that are not everywhere where the tests run describe themselves in their README.
OWN = ("cm-automation", "cm-plugin-cache", "cm-plugin-repo", "cm-plugin-script")


def own_catalog() -> Catalog:
    """What these distributions announce, whatever else is installed."""
    registry = PluginRegistry.load({}, Path(os.devnull))
    foreign = [info.name for info in registry.plugins.values() if info.distribution not in OWN]
    return Catalog(PluginRegistry.load({"CM_DISABLE_PLUGINS": ",".join(foreign)}, Path(os.devnull)))


def global_flags() -> list[str]:
    return flags_table(Everywhere.__declared__)


def common_actions() -> list[str]:
    catalog = own_catalog()
    lines: list[str] = []
    for verb in catalog.verbs.values():
        if ALL_KINDS in verb.kinds and verb.name != "run":
            common = catalog.registry.find_action(verb.name, ALL_KINDS)
            lines += section(verb.name, "KIND", common.help if common else verb.help, others(verb))
            lines += flags_table(catalog.flags(verb.name, ALL_KINDS))
    return lines


def own_actions() -> list[str]:
    catalog = own_catalog()
    lines: list[str] = []
    for automation in catalog.registry.automations.values():
        lines += [f"## `{automation.name}`: {automation.help}", "", f"UID `{automation.uid}`.", ""]
        for name in FIVE_ACTIONS:
            if name in automation.flags:
                verb = catalog.verbs[name]
                lines += section(name, automation.name, help_of(verb, automation), others(verb))
                lines += flags_table(catalog.flags(name, automation.name))
        for action in own_verbs(catalog, automation):
            lines += section(action.name, automation.name, action.help, action.synonyms)
            lines += long_or_short(catalog, action, automation)
    return lines


def own_verbs(catalog: Catalog, automation: Automation) -> list[Action]:
    return [action for action in catalog.registry.actions if action.automation == automation.name]


def long_or_short(catalog: Catalog, action: Action, automation: Automation) -> list[str]:
    """The flags of an action; those of ``run`` are not repeated."""
    flags = catalog.flags(action.name, automation.name)
    of_run = {flag.name for flag in catalog.flags("run", automation.name)}
    if not of_run or not of_run <= {flag.name for flag in flags}:
        return flags_table(flags)
    more = [flag for flag in flags if flag.name not in of_run]
    return [f"All flags of `cm run {automation.name}`{', and:' if more else '.'}", "", *flags_table(more)]


def help_of(verb: Verb, automation: Automation) -> str:
    if verb.name == "run":
        return f"run a {automation.name}"
    return verb.help


def others(verb: Verb) -> tuple[str, ...]:
    return verb.synonyms


def section(verb: str, kind: str, text: str, synonyms: Iterable[str]) -> list[str]:
    words = ", ".join(f"`{word}`" for word in synonyms)
    also = f" (also {words})" if words else ""
    return [f"### `cm {verb} {kind}`", "", f"{text[:1].upper()}{text[1:]}{also}.", ""]


def exit_codes() -> list[str]:
    modules = [errors, *(import_module(f"{package}.errors") for package in ("cm_cache", "cm_script"))]
    rows = sorted(
        (
            kind.default_exit_code,
            kind.__name__,
            kind.__module__.partition(".")[0],
            (kind.__doc__ or "").strip().splitlines()[0],
        )
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, errors.CMError) and kind.__module__ == module.__name__
    )
    return [
        "| Code | Class | Of | Meaning |",
        "|---|---|---|---|",
        *(f"| {code} | `{name}` | `{module}` | {cell(text)} |" for code, name, module, text in rows),
        "",
    ]


def hooks() -> list[str]:
    return hooks_of(hookspecs)


def script_hooks() -> list[str]:
    from cm_script import hookspecs as of_scripts

    return hooks_of(of_scripts)


def mlperf_hooks() -> list[str]:
    from cm_mlperf import hookspecs as of_mlperf

    return hooks_of(of_mlperf)


def experiment_hooks() -> list[str]:
    from cm_experiment import hookspecs as of_experiments

    return hooks_of(of_experiments)


def container_hooks() -> list[str]:
    from cm_docker import hookspecs as of_containers

    return hooks_of(of_containers)


def image_flags() -> list[str]:
    from cm_docker.flags import Image

    return flags_table(Image.__declared__)


def container_flags() -> list[str]:
    from cm_docker.flags import InContainer

    return flags_table(InContainer.__declared__)


def hooks_of(module: ModuleType) -> list[str]:
    lines: list[str] = []
    for name, function in vars(module).items():
        if name.startswith("cm_"):
            code = function.__code__
            arguments = ", ".join(code.co_varnames[: code.co_argcount])
            text = " ".join((function.__doc__ or "").split())
            lines += [f"### `{name}({arguments})`", "", text, ""]
    return lines


def flag_kinds() -> list[str]:
    """The functions that declare flags, and what all of them accept."""
    lines = ["| Function | A flag with | The handler gets |", "|---|---|---|"]
    for name, function in vars(flags).items():
        if isfunction(function) and not name.startswith("_") and "about" in signature(function).parameters:
            called = f"{name}({', '.join(list(signature(function).parameters)[:-1])})"
            meaning = " ".join((function.__doc__ or "").split())
            lines.append(
                f"| `{called}` | {cell(meaning)} | `{cell(signature(function).return_annotation)}` |"
            )
    _, _, attributes = (Flag.__doc__ or "").partition("Attributes:")
    meanings = {
        name: " ".join(meaning.split())
        for names, meaning in ATTRIBUTE.findall(attributes)
        for name in names.split(", ")
    }
    common = More.__annotations__
    for title, more in (("All of them accept", More), ("Numbers also", Bounds)):
        own = [name for name in more.__annotations__ if more is More or name not in common]
        lines += ["", f"{title}:", "", *(f"- `{name}`: {meanings[name]}" for name in own)]
    return lines


def dataclasses() -> list[str]:
    return dataclasses_of((Automation, Action, AddedFlags))


def mlperf_dataclasses() -> list[str]:
    from cm_mlperf import AccuracyMeasure, BackEnd, DataSource, Model

    return dataclasses_of((BackEnd, DataSource, AccuracyMeasure, Model))


def dataclasses_of(kinds: Iterable[type]) -> list[str]:
    lines: list[str] = []
    for kind in kinds:
        names = ", ".join(f"`{item.name}`" for item in fields(kind))
        text, _, attributes = (kind.__doc__ or "").partition("Attributes:")
        lines += [f"### `{kind.__name__}`", "", " ".join(text.split()), "", f"Fields: {names}.", ""]
        for item in re.split(r"\n {8}(?=\w+:)", attributes):
            name, colon, meaning = item.strip().partition(": ")
            if colon:
                lines.append(f"- `{name}`: {' '.join(meaning.split())}".replace("``", "`"))
        lines.append("")
    return lines


def flags_of(*sources: str) -> Callable[[], list[str]]:
    return lambda: flags_table(flags_in(sources))


def executor_dataclasses() -> list[str]:
    from cm_experiment import Ending, Task

    return dataclasses_of((Task, Ending))


def executor_protocols() -> list[str]:
    from cm_experiment import Executor, Pool

    lines: list[str] = []
    for kind in (Executor, Pool):
        text = " ".join((kind.__doc__ or "").split())
        lines += [f"### `{kind.__name__}`", "", text, ""]
        for name, function in vars(kind).items():
            if isfunction(function) and not name.startswith("_"):
                arguments = ", ".join(list(signature(function).parameters)[1:])
                meaning = " ".join((function.__doc__ or "").split())
                lines.append(f"- `{name}({arguments})`: {meaning}")
        lines.append("")
    return lines


def mlperf_levels() -> list[str]:
    from cm_mlperf.run.levels import LEVELS

    rows = [
        f"| `{level.name}` | `{level.execution_mode}` | {level.duration_s:g} s | {level.offline_samples:,}"
        f" | {level.peak_step_s:g} s |"
        for level in LEVELS
    ]
    titles = "| `--level` | `--execution_mode` | A performance test lasts | Offline samples, at least"
    return [f"{titles} | A step of find-peak |", "|---|---|---|---|---|", *rows]


def mlperf_conf() -> list[str]:
    from cm_mlperf.loadgen.settings import KEYS

    who = {"anybody": "", "open": "only allowed in the open division"}
    rows = [
        f"| `{name}` | {', '.join(key.scenarios) or 'all'} | {who[key.who]} |"
        for name, key in KEYS.items()
        if key.who in who and not key.needs_tokens
    ]
    return ["| Key | Scenarios | |", "|---|---|---|", *rows]


def verbs_of_experiments(*names: str) -> Callable[[], list[str]]:
    def write() -> list[str]:
        from cm_experiment import plugin

        actions = {action.name: action for action in plugin.cm_register_automations()[0].actions}
        helps = {"run": "run a command for each point of a space", "load": "show an experiment, run by run"}
        lines: list[str] = []
        for name in names:
            lines += section(name, "experiment", helps.get(name) or actions[name].help, ())
            lines += flags_table(flags_in(f"cm_experiment.flags:{name.title()}"))
        return lines

    return write


WRITERS: dict[str, Callable[[], list[str]]] = {
    "global-flags": global_flags,
    "common-actions": common_actions,
    "own-actions": own_actions,
    "exit-codes": exit_codes,
    "hooks": hooks,
    "script-hooks": script_hooks,
    "experiment-hooks": experiment_hooks,
    "experiment-actions": verbs_of_experiments("run", "rerun", "replay", "load"),
    "container-hooks": container_hooks,
    "image-flags": image_flags,
    "container-flags": container_flags,
    "flag-kinds": flag_kinds,
    "dataclasses": dataclasses,
    "mlperf-what": flags_of("cm_mlperf.flags:What"),
    "mlperf-which": flags_of("cm_mlperf.flags:Which"),
    "mlperf-how": flags_of("cm_mlperf.flags:Tuning", "cm_mlperf.flags:Settings"),
    "mlperf-record": flags_of("cm_mlperf.flags:Record"),
    "mlperf-submission": flags_of("cm_mlperf.flags:Submission"),
    "mlperf-find": flags_of("cm_mlperf.flags:Find"),
    "mlperf-load": flags_of("cm_mlperf.flags:Load"),
    "mlperf-serve": flags_of("cm_mlperf.flags:Serve"),
    "mlperf-pack": flags_of("cm_mlperf.flags:Pack"),
    "mlperf-check": flags_of("cm_mlperf.flags:Check"),
    "mlperf-levels": mlperf_levels,
    "mlperf-conf": mlperf_conf,
    "mlperf-hooks": mlperf_hooks,
    "mlperf-dataclasses": mlperf_dataclasses,
    "experiment-tables": verbs_of_experiments("show", "compare", "predict"),
    "executor-scripts": flags_of("cm_experiment.flags:Executed"),
    "executor-ssh": flags_of("cm_experiment.flags:Ssh"),
    "executor-slurm": flags_of("cm_executor_slurm.flags:Slurm"),
    "executor-dataclasses": executor_dataclasses,
    "executor-protocols": executor_protocols,
    "public-names": public_names,
    **KEY_WRITERS,
}


def updated(text: str) -> str:
    """The page with its generated blocks written anew."""

    def block(match: re.Match[str]) -> str:
        body = ROLE.sub(r"`\1`", "\n".join(WRITERS[match["name"]]()).replace("``", "`"))
        return f"{match[1]}\n{body.strip()}\n\n{match[3]}"

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    for page in sorted(REFERENCE.glob("*.md")):
        old = page.read_text(encoding="utf-8")
        if (new := updated(old)) != old:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page}")
