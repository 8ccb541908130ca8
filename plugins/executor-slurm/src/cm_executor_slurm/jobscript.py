"""The sbatch script of an array of tasks."""

from __future__ import annotations

import shlex
from pathlib import Path

from cm_executor_slurm.options import SlurmOptions

TASKS_FILE = "tasks.txt"
RUNNER_FILE = "task.py"
ENDED_FOLDER = "ended"


def job_script(name: str, folder: Path, tasks: int, options: SlurmOptions) -> str:
    """A complete script for ``sbatch``; it needs bash, and the Python of the options, on the node.

    Args:
        name: of the array; the executor finds its jobs by it.
        folder: of the array, on a file system that the nodes share with this machine.
        tasks: how many; their folders are the lines of ``tasks.txt``.
    """
    throttle = f"%{options.throttle}" if options.throttle else ""
    directives = [
        f"--job-name={name}",
        f"--array=0-{tasks - 1}{throttle}",
        "--output=/dev/null",  # here % and \\ in a path would have a meaning
        "--requeue",
        *(_quote_word(word) for word in options.directives),
    ]
    return "\n".join(
        [
            "#!/bin/bash",
            *(f"#SBATCH {word}" for word in directives),
            "",
            "# Each job runs one task: its folder is a line of tasks.txt. The task leaves its exit status",
            "# and output there; the file in ended/ says that there is nothing more to wait for.",
            "trap : TERM  # the task ends first, and says why",
            f"cd {shlex.quote(str(folder))} || exit 1",
            'exec >>"slurm-$SLURM_ARRAY_TASK_ID.out" 2>&1',
            f'task=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {TASKS_FILE})',
            f'{shlex.quote(options.python)} {RUNNER_FILE} "$task" \\',
            '  "job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" "node=$SLURMD_NODENAME" \\',
            '  "restarts=${SLURM_RESTART_COUNT:-0}"',
            f'echo $? >"{ENDED_FOLDER}/$SLURM_ARRAY_TASK_ID"',
            "",
        ]
    )


def _quote_word(word: object) -> str:
    """A word of a directive: sbatch splits at blanks and knows double quotes."""
    text = str(word)
    if not any(character in text for character in " \t'\"\\#"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
