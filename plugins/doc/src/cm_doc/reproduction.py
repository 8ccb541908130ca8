"""Facts about how to repeat something -> README or notebook."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cm_doc.rendering import Templates

if TYPE_CHECKING:
    from cm_core import Session
    from cm_doc.facts import Command, Reproduction

_HELPER = '''\
import importlib.util
import subprocess
import sys

HERE = [sys.executable, "-m", "cm_core"] if importlib.util.find_spec("cm_core") else ["cm"]


def run(*words):
    """Run a command, show what it prints, and stop here if it fails."""
    command = HERE + list(words[1:]) if words[0] == "cm" else list(words)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    for line in process.stdout:
        print(line, end="")
    if process.wait():
        raise RuntimeError(f"exit status {process.returncode}: {' '.join(words)}")'''


def readme(facts: Reproduction, session: Session) -> str:
    """Markdown that says how to repeat it.

    Raises:
        PluginError: when a template is wrong.
    """
    return Templates(session).render("repeat.md", facts=facts)


def notebook(facts: Reproduction, session: Session) -> str:
    """A Jupyter notebook (nbformat 4.5) with the commands and what they printed.

    Raises:
        PluginError: when a template is wrong.
    """
    introduction = Templates(session).render("notebook.md", facts=facts)
    return notebook_of(facts.title, introduction, facts.commands)


def notebook_of(title: str, introduction: str, commands: Iterable[Command]) -> str:
    """A Jupyter notebook of a text in Markdown, and a cell for each command."""
    cells = [_text(introduction), _code(_HELPER, number=1)]
    for number, command in enumerate(commands, start=2):
        cells.append(_command_cell(command, number))
    for number, cell in enumerate(cells):
        # The same facts give the same file.
        cell["id"] = uuid.uuid5(uuid.NAMESPACE_OID, f"{number} {title}").hex[:16]
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _command_cell(command: Command, number: int) -> dict[str, Any]:
    words = ",\n".join(f"    {word!r}" for word in command.words)
    about = "".join(f"# {line}\n" for line in command.about.splitlines())
    outputs = command.output if command.recorded else ""
    return _code(f"{about}run(\n{words},\n)", number=number if command.recorded else 0, output=outputs)


def _text(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text)}


def _code(text: str, *, number: int, output: str = "") -> dict[str, Any]:
    printed = [{"name": "stdout", "output_type": "stream", "text": _lines(output)}] if output else []
    return {
        "cell_type": "code",
        "execution_count": number or None,
        "metadata": {},
        "outputs": printed,
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
