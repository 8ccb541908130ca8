"""The flags of ``cm … experiment``: one table for the command line, help and documentation.

Imported whenever ``cm`` starts, so it holds data and nothing else.
"""

from __future__ import annotations

from cm_core.hookspecs import Action, Option

METHODS = ("grid", "list", "random", "tpe", "nsga2")

_TAGS = Option(name="tags", help="tags of the experiment", kind="list")
_DIR = Option(name="dir", help="the run, by the name of its folder")
_JOBS = (
    Option(name="j", help="steps at the same time: -j N; by default one"),
    Option(name="jobs", help="the same as -j"),
    Option(name="executor", help="where steps run: local, ssh, or one of a plugin such as slurm"),
    Option(name="print_job", help="show what the executor would submit, and stop", kind="flag"),
    Option(name="timeout", help="time after which one execution is stopped: 90s, 10m, 2h"),
)
_MEASURE = (
    Option(
        name="metric", help="where a metric stands in the output: --metric NAME='([0-9.]+) s'", repeat=True
    ),
    Option(name="repeat", help="measured executions of each step, by default 1"),
    Option(name="warmup", help="executions before them that do not count"),
    Option(name="env", help="variables of the environment: --env.KEY=value", kind="mapping"),
    Option(name="record_env", help="also record these variables of the environment", kind="list"),
)
_EXPLORE = (
    Option(name="explore", help="values of variables: --explore.NAME='range(1,9)'", kind="mapping"),
    Option(name="search", help="how points are chosen, by default grid", choices=METHODS),
    Option(name="trials", help="steps of random, tpe and nsga2"),
    Option(name="seed", help="of random choices, by default 0"),
    Option(name="budget", help="time after which no step begins: 90s, 10m, 2h"),
    Option(name="minimize", help="metrics to make small", kind="list", repeat=True),
    Option(name="maximize", help="metrics to make large", kind="list", repeat=True),
    Option(name="constraint", help="what a good step fulfils: --constraint 'power_w < 200'", repeat=True),
    Option(name="prune", help="stop steps that are worse than most at the same point", kind="flag"),
)
_FLOW = (
    Option(name="dry_run", help="show the plan, and stop", kind="flag"),
    Option(name="new", help="begin a new run where one could be continued", kind="flag"),
)
_FORCED_DIR = Option(name="dir", help="name of the run's folder, by default date and time")

RUN: tuple[Option, ...] = (_TAGS, _FORCED_DIR, *_EXPLORE, *_MEASURE, *_JOBS, *_FLOW)
LOAD: tuple[Option, ...] = (_TAGS, Option(name="yaml", help="print YAML instead of JSON", kind="flag"))
RERUN: tuple[Option, ...] = (
    _TAGS,
    _DIR,
    Option(name="unfinished", help="only steps that have not finished", kind="flag"),
    *_JOBS,
    _FLOW[0],
)
REPLAY: tuple[Option, ...] = (
    _TAGS,
    _DIR,
    Option(name="uid", help="the step, by its UID"),
    Option(name="tolerance", help="accepted difference, by default 5%; also --tolerance.METRIC=0.02"),
    Option(name="metrics", help="judge only these metrics", kind="list"),
    Option(name="repeat", help="measured executions, by default as recorded"),
    Option(name="warmup", help="executions before them, by default as recorded"),
    *_JOBS,
)

ACTIONS = (
    Action(
        name="rerun",
        automation="experiment",
        help="run the steps of a recorded run again",
        handler="cm_experiment.api:rerun",
        options=RERUN,
    ),
    Action(
        name="replay",
        automation="experiment",
        help="run a recorded step again and judge whether its metrics are reproduced",
        handler="cm_experiment.replay.replay:replay",
        options=REPLAY,
    ),
)
