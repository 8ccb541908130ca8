"""Runs tasks of the toolkit as arrays of Slurm jobs.

- ``arrays``: arrays of jobs on disk: what is written before ``sbatch``, and what the jobs leave;
- ``client``: Slurm's own commands: the only place that calls them;
- ``endings``: how a task ended, from the result in its folder or from what Slurm knows of its job;
- ``executor``: the executor ``slurm``; ``flags``: its flags;
- ``jobscript``: the sbatch script of an array of tasks;
- ``options``: what its flags say to ``sbatch``;
- ``plugin``: the plugin ``executor-slurm``: adapters between the hooks and the executor;
- ``pool``: a pool of Slurm jobs: submit, watch, take over, cancel.
"""
