"""The flags of ``experiment``."""

from __future__ import annotations

from cm_core.flags import (
    Flags,
    anything,
    choice,
    duration,
    mapping,
    optional,
    path,
    switch,
    text,
    texts,
    whole,
    words,
)

METHODS = ("grid", "list", "random", "tpe", "nsga2")


class Tags(Flags):
    """What chooses an experiment besides its name."""

    tags = words("tags of the experiment", values="tags")


class Executed(Flags, group="Where to run"):
    """Where a script or the steps of an experiment run."""

    executor = text(
        "where to run: local, ssh, or an executor from a plugin such as slurm",
        values="cm_experiment.executors:executor_names",
    )
    print_job = switch("show what the executor would submit, and stop")


class Jobs(Executed, group="Where to run"):
    """How steps run."""

    jobs = whole("steps at the same time: -j N; by default one", least=1, also=("j",))
    timeout = duration("time after which one execution is stopped")


class Explored(Flags, group="Search space"):
    """Which points of a space are run."""

    explore = anything(
        "values of variables: --explore.NAME='range(1,9)'", metavar=".NAME=VALUES", valued_keys=True
    )
    search = choice("how points are chosen, by default grid", METHODS)
    trials = whole("number of steps for random, tpe and nsga2", least=1)
    seed = whole("seed of random choices", default=0)
    budget = duration("time after which no step starts, not even one that waits in a queue")
    prune = switch("stop steps that are worse than most at the same point")


class Measured(Flags, group="Measurements"):
    """What counts, and how often."""

    metric = anything(
        "how to find a metric in the output: --metric NAME='([0-9.]+) s'",
        metavar="NAME=PATTERN",
        repeat=True,
        valued_keys=True,
    )
    minimize = words("metrics to minimize", repeat=True)
    maximize = words("metrics to maximize", repeat=True)
    constraint = texts("a condition for good steps: --constraint 'power_w < 200'", repeat=True)
    repeat = whole("measured executions of each step", default=1, least=1)
    warmup = whole("warm-up executions that do not count", default=0)
    env = mapping("environment variables: --env.KEY=value")
    record_env = words("also record these environment variables")


class Run(Tags, Explored, Measured, Jobs):
    """Of ``cm run experiment``."""

    dir = text("name of the run's folder, by default date and time")
    dry_run = switch("show the plan, and stop")
    new = switch("start a new run instead of resuming one")


class Load(Tags):
    """Of ``cm load experiment``."""

    yaml = switch("print YAML instead of JSON")


class Rerun(Tags, Jobs):
    """Of ``cm rerun experiment``."""

    dir = text("the run, by the name of its folder")
    unfinished = switch("only steps that have not finished")
    dry_run = switch("show the plan, and stop")


class Replay(Tags, Jobs):
    """Of ``cm replay experiment``."""

    dir = text("the run, by the name of its folder")
    uid = text("the step, by its UID")
    tolerance = anything(
        "accepted difference, by default 5%; also --tolerance.METRIC=0.02",
        metavar="FRACTION",
        valued_keys=True,
    )
    metrics = words("judge only these metrics")
    repeat = whole("measured executions, by default as recorded", least=1)
    warmup = whole("warm-up executions, by default as recorded")


class Ssh(Flags, group="ssh executor", prefix="ssh_"):
    """Machines that are reached by ssh."""

    hosts = words("machines, as ssh knows them: --ssh_hosts=node1,me@node2")
    folder = text("folder for running steps, in the home folder there", default="cm-tasks")
    python = text("Python 3.8 or newer on them", default="python3")
    config = path("configuration file for ssh, by default the user's")


class Where(Flags):
    """Which steps verbs look at."""

    tags = words("tags an experiment must have, with '-' those it must not have", values="tags")
    where = text("only steps that match: 'accuracy > 0.95 and threads == 2'")


class Show(Where):
    """Of ``cm show experiment``."""

    sort = words("columns to order by; -column from high to low", nested=True)
    pareto = words(
        "only steps on the Pareto front of these: latency_ms,accuracy or size:min,score:max", nested=True
    )
    columns = words("columns or expressions to show", nested=True)
    by = words("show groups of steps with the same values in these columns or expressions", nested=True)
    best = text("of each group the best value of this: throughput or latency_ms:min", metavar="COLUMN")
    median = text("of each group the median of this", metavar="COLUMN")
    count = optional(
        "of each group the number of steps, or of different values of this", bare="rows", metavar="COLUMN"
    )
    pivot = text("a column whose values become columns of the table", metavar="COLUMN")
    ratio = text("in a pivot, how many times as good B is as A", metavar="B/A")
    limit = whole("at most this many steps; 0 means all (by default 40 in a terminal)")
    export = words("files to write: *.csv, *.parquet, *.md, *.json or *.html (a report)", metavar="FILE,FILE")


class Compare(Where):
    """Of ``cm compare experiment``."""

    metrics = words("metrics to compare; by default the objectives, or else all numbers")
    by = words(
        "columns that must agree in compared steps; by default all variables; one that a side lacks agrees; "
        "none: all steps of one with all of the other",
        nested=True,
    )
    export = words("files to write: *.csv, *.parquet, *.md, *.json or *.html (a page)", metavar="FILE,FILE")


class Predict(Where):
    """Of ``cm predict experiment``."""

    target = text("the metric to predict; NAME:min or NAME:max sets the direction")
    given = anything(
        "variables with values: batch=64,threads=2; others take all recorded values",
        metavar="NAME=VALUE,...",
        valued_keys=True,
    )
