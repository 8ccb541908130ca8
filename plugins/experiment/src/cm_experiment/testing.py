"""A test suite that every executor must pass; third parties inherit it in their own tests.

Write a subclass, in a file that pytest collects::

    class TestMine(ExecutorContract):
        def make_executor(self, session):
            return MyExecutor()
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cm_experiment.executors.contract import Ending, Executor, Pool, Task, read_ending, write_task
from cm_experiment.executors.task import RESULT_FILE

if TYPE_CHECKING:
    from cm_core import Session

_MOST_S = 60.0


class ExecutorContract:
    """What experiments expect of an executor.

    Tasks call ``sh`` and touch files in a folder of this machine, so both have to be where they run.
    """

    def make_executor(self, session: Session) -> Executor:
        """The executor, as ``cm_executors(session)`` gives it."""
        raise NotImplementedError

    def options(self) -> Mapping[str, Any]:
        """Flags that it needs."""
        return {}

    # -- what the tests use -------------------------------------------------------------------------------

    @pytest.fixture
    def pool(self, cm_session: Session, tmp_path: Path) -> Iterator[Pool]:
        """A pool for two tasks at the same time."""
        folder = tmp_path / "run"
        folder.mkdir()
        with self.make_executor(cm_session).open(self.options(), jobs=2, folder=folder) as pool:
            yield pool

    @pytest.fixture
    def make_task(self, tmp_path: Path) -> Callable[..., Task]:
        """A factory of tasks that run a line of shell; ``$HERE`` is a folder that all of them see."""

        def make(uid: str, line: str, *words: str, **facts: Any) -> Task:
            folder = tmp_path / "run" / f"step {uid}"
            folder.mkdir(exist_ok=True)
            env = {"HERE": str(tmp_path), **facts.pop("env", {})}
            return Task(uid=uid, folder=folder, command=("sh", "-c", line, "sh", *words), env=env, **facts)

        return make

    @staticmethod
    def wait_for_all(pool: Pool) -> dict[str, Ending]:
        """The endings of all that is out."""
        endings: dict[str, Ending] = {}
        while found := pool.wait():
            for ending in found:
                assert ending.uid not in endings, "a task ended twice"
                endings[ending.uid] = ending
        return endings

    @staticmethod
    def wait_for_file(path: Path) -> None:
        """Until it is there."""
        deadline = time.monotonic() + _MOST_S
        while not path.exists():
            assert time.monotonic() < deadline, f"{path} did not appear"
            time.sleep(0.05)

    @staticmethod
    def leave_result(task: Task, **facts: Any) -> None:
        """What a task leaves whose driver was killed."""
        write_task(task)
        (task.folder / RESULT_FILE).write_text(json.dumps({"uid": task.uid, **facts}), encoding="utf-8")

    # -- the executor -------------------------------------------------------------------------------------

    def test_it_has_a_name_and_one_line_of_help(self, cm_session: Session) -> None:
        executor = self.make_executor(cm_session)
        assert executor.name.isidentifier()
        assert executor.help
        assert "\n" not in executor.help

    def test_it_shows_what_it_would_do(self, cm_session: Session, make_task: Callable[..., Task]) -> None:
        (Path(cm_session.cwd) / "run").mkdir()
        lines = list(self.make_executor(cm_session).preview([make_task("a", "true")], self.options()))
        assert lines
        assert all("\n" not in line for line in lines)

    # -- endings ------------------------------------------------------------------------------------------

    def test_status_and_output_come_back(self, pool: Pool, make_task: Callable[..., Task]) -> None:
        tasks = [make_task(f"t{n}", f"echo out {n}; echo err {n} >&2; exit {n}") for n in range(3)]
        pool.submit(tasks)
        endings = self.wait_for_all(pool)
        assert [endings[task.uid].exit_status for task in tasks] == [0, 1, 2]
        for number, task in enumerate(tasks):
            ending = endings[task.uid]
            assert ending.reason == ""
            assert ending.host
            assert ending.started > 0
            assert (task.folder / "stdout.txt").read_text() == f"out {number}\n"
            assert (task.folder / "stderr.txt").read_text() == f"err {number}\n"
        assert list(pool.wait()) == []

    def test_words_and_variables_arrive_as_they_are(self, pool: Pool, make_task: Callable[..., Task]) -> None:
        words = ("two words", "$HOME `id` \\ * \"'", "ä", "")
        task = make_task("a", 'printf "<%s>" "$@" "$STRANGE"', *words, env={"STRANGE": words[1]})
        pool.submit([task])
        assert self.wait_for_all(pool)["a"].exit_status == 0
        expected = "".join(f"<{word}>" for word in (*words, words[1]))
        assert (task.folder / "stdout.txt").read_text(encoding="utf-8") == expected

    def test_files_come_back(self, pool: Pool, make_task: Callable[..., Task]) -> None:
        task = make_task("a", "cat given; mkdir deep; echo made >deep/file")
        (task.folder / "given").write_text("given\n")
        pool.submit([task])
        assert self.wait_for_all(pool)["a"].exit_status == 0
        assert (task.folder / "stdout.txt").read_text() == "given\n"
        assert (task.folder / "deep" / "file").read_text() == "made\n"

    def test_a_time_limit_is_kept(self, pool: Pool, make_task: Callable[..., Task]) -> None:
        pool.submit([make_task("a", "sleep 100", timeout_s=0.3)])
        ending = self.wait_for_all(pool)["a"]
        assert ending.exit_status == 143
        assert "time limit" in ending.reason

    def test_tasks_may_come_while_others_run(
        self, pool: Pool, make_task: Callable[..., Task], tmp_path: Path
    ) -> None:
        pool.submit([make_task("slow", "while [ ! -e $HERE/go ]; do sleep 0.1; done")])
        pool.submit([make_task("quick", "true")])
        assert [ending.uid for ending in pool.wait()] == ["quick"]
        (tmp_path / "go").touch()
        assert [ending.uid for ending in pool.wait()] == ["slow"]

    # -- going on -----------------------------------------------------------------------------------------

    def test_a_task_with_a_result_does_not_run_again(
        self, pool: Pool, make_task: Callable[..., Task]
    ) -> None:
        task = make_task("a", "touch begun")
        self.leave_result(task, exit_status=3, host="node7")
        pool.submit([task])
        ending = self.wait_for_all(pool)["a"]
        assert (ending.exit_status, ending.host) == (3, "node7")
        assert not (task.folder / "begun").exists()

    def test_a_task_that_was_stopped_runs_again(self, pool: Pool, make_task: Callable[..., Task]) -> None:
        task = make_task("a", "echo done")
        self.leave_result(task, exit_status=None, reason="stopped by SIGTERM")
        pool.submit([task])
        assert self.wait_for_all(pool)["a"].exit_status == 0

    def test_what_is_cancelled_is_not_finished(
        self, pool: Pool, make_task: Callable[..., Task], tmp_path: Path
    ) -> None:
        line = "touch $HERE/begun; sleep 100"
        tasks = [make_task(f"t{n}", line) for n in range(4)]
        pool.submit(tasks)
        self.wait_for_file(tmp_path / "begun")
        pool.cancel()
        for ending in self.wait_for_all(pool).values():
            assert ending.exit_status is None
            assert ending.reason
        for task in tasks:
            left = read_ending(task)
            assert left is None or left.exit_status is None
