"""What documents are written from: plain values, so that a template can reach nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line.

    Attributes:
        words: program and arguments, such as ``("cm", "run", "script", "--tags=detect,os")``.
        about: one sentence: what it does.
        output: what it printed when it was recorded.
        recorded: whether ``output`` was recorded.
    """

    words: tuple[str, ...]
    about: str = ""
    output: str = field(default="", repr=False)
    recorded: bool = False

    @property
    def line(self) -> str:
        """The command as typed into a shell."""
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Some results or facts in rows.

    Attributes:
        columns: their titles.
        rows: one text for each column.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """A repository that was used, and how to get the same one.

    Attributes:
        kind: ``local``, ``registered`` or ``shipped`` (inside a distribution).
        url, branch, commit: of a git clone, else empty.
        changed_files: how many of its files differ from the commit.
    """

    alias: str
    uid: str
    kind: str
    url: str = ""
    branch: str = ""
    commit: str = ""
    changed_files: int = 0

    @property
    def pull(self) -> str:
        """The command that gets it; empty when it cannot be pulled."""
        if not (self.url and self.commit):
            return ""
        return shlex.join(self.pull_words)

    @property
    def pull_words(self) -> tuple[str, ...]:
        """The same as words."""
        return ("cm", "pull", "repo", self.alias, f"--url={self.url}", f"--checkout={self.commit}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """How to repeat something: a run, an experiment, a benchmark.

    Everything is shown as it is given, so leave secrets out. Paths of this machine are shown, too.

    Attributes:
        title: what was done.
        summary: a paragraph for people.
        command: what repeats it.
        more_commands: what to run after it, in this order.
        inputs: flag or setting -> value.
        repositories: those whose recipes were used.
        software: distribution or program -> version.
        system: fact about the machine -> value.
        tables: what was used and what came out.
        warnings: what may make a repetition differ, one sentence each.
        date: when it was done, as ISO 8601.
        failure: why it failed, empty when it did not.
    """

    title: str
    command: Command
    summary: str = ""
    more_commands: tuple[Command, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[RepositoryState, ...] = ()
    software: Mapping[str, str] = field(default_factory=dict)
    system: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    warnings: tuple[str, ...] = ()
    date: str = ""
    failure: str = ""

    @property
    def commands(self) -> tuple[Command, ...]:
        """All commands in their order."""
        return (self.command, *self.more_commands)
