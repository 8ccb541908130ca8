"""What pools of threads have in common, beside the contract that each executor keeps."""

from cm_experiment.executors.contract import Ending, Task
from cm_experiment.executors.threads import ThreadPool


class Pool(ThreadPool):
    def stop_tasks(self):
        pass


def make_tasks(folder, count):
    for number in range(count):
        (folder / str(number)).mkdir()
    return [
        Task(uid=str(number), folder=folder / str(number), command=("true",), env={})
        for number in range(count)
    ]


def test_whatever_a_task_raises_ends_that_task_alone(tmp_path):
    def run(task):
        if task.uid == "0":
            raise TypeError("an ending of another version")
        return Ending(uid=task.uid, exit_status=0)

    with Pool(1) as pool:
        pool.start_thread(run)
        pool.submit(make_tasks(tmp_path, 2))
        endings = {ending.uid: ending for _ in range(2) for ending in pool.wait()}
    assert endings["0"].exit_status is None
    assert "an ending of another version" in endings["0"].reason
    assert endings["1"].exit_status == 0
