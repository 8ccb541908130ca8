"""The process of one LoadGen run: ``python -m cm_mlperf.run.worker SPEC``.

LoadGen keeps state between runs of one process, so every run gets a fresh one. What the worker has to say
goes to its parent as JSON lines; whatever user code prints goes to ``console.log``.
"""
