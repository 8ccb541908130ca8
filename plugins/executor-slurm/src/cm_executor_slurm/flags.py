"""The flags of the executor."""

from __future__ import annotations

from cm_core.flags import Flags, path, size, switch, text, whole, words


class Slurm(Flags, group="slurm executor", prefix="slurm_"):
    """What jobs ask of Slurm."""

    partition = text("partition(s) of the jobs (sinfo lists them)")
    time = text("time limit of a job, as minutes or HH:MM:SS or DAYS-HH")
    cpus = whole("CPUs per job", least=1)
    memory = size("memory per job, such as 16G")
    gpus = text("GPUs per job, as a number or TYPE:NUMBER")
    constraint = text("features that the node must have")
    account = text("account to charge")
    qos = text("quality of service")
    throttle = whole("how many jobs of an array run at the same time", least=1)
    extra = words("more arguments for sbatch, such as --exclusive,--nice=10")
    python = path("Python 3.8 or newer on the nodes, by default the one that runs cm")
    cancel = switch("cancel the jobs on Ctrl-C; by default they continue")
