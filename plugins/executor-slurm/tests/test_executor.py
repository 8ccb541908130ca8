"""Slurm keeps the contract of executors."""

import pytest

from cm_executor_slurm.executor import SlurmExecutor
from cm_experiment.testing import ExecutorContract


@pytest.mark.usefixtures("slurm")
class TestSlurm(ExecutorContract):
    def make_executor(self, session):
        return SlurmExecutor(session.reporter)
