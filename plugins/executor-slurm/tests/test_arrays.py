"""The mark of a task, by which a later driver finds its job again."""

from pathlib import Path

import pytest

from cm_executor_slurm.arrays import MARK_FORMAT, MARKER_FILE, Mark, read_mark
from cm_experiment import Task

MARK = Mark(name="cm-0123456789", index=3, folder=Path("/data/run/slurm/cm-0123456789"))
BYTES = """\
{
  "folder": "/data/run/slurm/cm-0123456789",
  "index": 3,
  "name": "cm-0123456789"
}
"""


@pytest.fixture
def task(tmp_path):
    return Task(uid="0" * 16, folder=tmp_path, command=("true",), env={})


def test_the_bytes_of_a_mark_and_back(task):
    MARK_FORMAT.write(task.folder / MARKER_FILE, MARK)
    assert (task.folder / MARKER_FILE).read_bytes().decode() == BYTES
    assert read_mark(task) == MARK


@pytest.mark.parametrize("content", [None, "", "[]", '{"name": "a"}', BYTES.replace("3,", '"3",')])
def test_without_a_readable_mark_nobody_runs_the_task(task, content):
    if content is not None:
        (task.folder / MARKER_FILE).write_text(content)
    assert read_mark(task) is None
