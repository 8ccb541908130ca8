"""Asking the original: it runs in an environment of its own, several processes share the work."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).with_name("peer_driver.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The original in folders of its own.

    Attributes:
        python: the interpreter that has it.
        repositories: what is registered in its homes; the last one is the one that is tested.
        folder: for homes, current folders, requests and answers.
    """

    python: Path
    repositories: Sequence[Path]
    folder: Path

    def ask(self, requests: Sequence[Mapping[str, Any]], *, processes: int = 1) -> list[dict[str, Any]]:
        """Answers in the order of the requests; paths in them are those of :meth:`places`."""
        with ThreadPoolExecutor(processes) as pool:
            shares = list(
                pool.map(lambda number: self._ask(requests[number::processes], number), range(processes))
            )
        answers: list[dict[str, Any]] = [{}] * len(requests)
        for number, share in enumerate(shares):
            answers[number::processes] = share
        return answers

    def places(self, processes: int = 1) -> dict[str, str]:
        """Path -> placeholder, for all processes."""
        names = {"home": "<CMHOME>", "cwd": "<CWD>", "user": "<HOME>"}
        found = {
            str(self.folder / str(number) / name): placeholder
            for number in range(processes)
            for name, placeholder in names.items()
        }
        return {**found, str(self.repositories[-1]): "<REPO>"}

    def environment(self, number: int = 0) -> dict[str, str]:
        """Variables of one process, its folders made."""
        own = self.folder / str(number)
        for name in ("home", "cwd", "user"):
            (own / name).mkdir(parents=True, exist_ok=True)
        (own / "home" / "repos.json").write_text(
            json.dumps(list(map(str, self.repositories))), encoding="utf-8"
        )
        env = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        return {
            **env,
            "CM_REPOS": str(own / "home"),
            "HOME": str(own / "user"),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "",
            "PATH": os.pathsep.join((str(self.python.parent), env.get("PATH", ""))),
        }

    def _ask(self, requests: Sequence[Mapping[str, Any]], number: int) -> list[dict[str, Any]]:
        env = self.environment(number)
        own = self.folder / str(number)
        asked, answered = own / "requests.jsonl", own / "answers.jsonl"
        asked.write_text("".join(json.dumps(request) + "\n" for request in requests), encoding="utf-8")
        with (own / "log.txt").open("wb") as log:
            subprocess.run(
                [self.python, DRIVER, asked, answered],
                cwd=own / "cwd",
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=True,
            )
        return [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
