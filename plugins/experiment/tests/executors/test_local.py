"""The executor of this machine keeps the contract."""

from cm_experiment.executors.local import LocalExecutor
from cm_experiment.testing import ExecutorContract


class TestLocal(ExecutorContract):
    def make_executor(self, session):
        return LocalExecutor(session.env)
