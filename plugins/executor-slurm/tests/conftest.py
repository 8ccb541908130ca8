"""Tasks on a real Slurm."""

import pytest

from cm_executor_slurm.executor import SlurmExecutor
from cm_experiment import Task


class Listener:
    """A reporter that remembers what was said."""

    def __init__(self):
        self.said = []

    def message(self, text, level="info"):
        self.said.append(text)

    def __contains__(self, words):
        return any(words in text for text in self.said)


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def use_cluster(monkeypatch):
    def use(cluster):
        for name, value in cluster.env.items():
            monkeypatch.setenv(name, value)
        return cluster

    return use


@pytest.fixture
def slurm(slurm_cluster, use_cluster):
    return use_cluster(slurm_cluster)


@pytest.fixture
def own_cluster(slurm_clusters, use_cluster):
    """One that the test may break."""
    cluster = use_cluster(slurm_clusters())
    yield cluster
    cluster.stop()


@pytest.fixture
def make_tasks(tmp_path):
    """Tasks that run a line of shell; ``$N`` is the number of the task, ``$ALL`` a folder of all of them."""

    def make(count, line, **facts):
        tasks = []
        for number in range(count):
            folder = tmp_path / f"step {number}"
            folder.mkdir(exist_ok=True)
            env = {"N": str(number), "ALL": str(tmp_path)}
            command = ("bash", "-c", line)
            tasks.append(Task(uid=f"u{number}", folder=folder, command=command, env=env, **facts))
        return tasks

    return make


@pytest.fixture
def open_pool(tmp_path, listener):
    def open_pool(jobs=None, **options):
        return SlurmExecutor(listener).open(options, jobs=jobs, folder=tmp_path)

    return open_pool


@pytest.fixture
def run_all(open_pool):
    """Run tasks to their end: uid -> Ending."""

    def run(tasks, **options):
        with open_pool(**options) as pool:
            pool.submit(tasks)
            return collect(pool)

    return run


def collect(pool):
    endings = {}
    while found := pool.wait():
        for ending in found:
            assert ending.uid not in endings
            endings[ending.uid] = ending
    return endings


@pytest.fixture(name="collect")
def _collect():
    return collect
