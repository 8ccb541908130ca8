"""The process of one LoadGen run: ``python -m cm_mlperf.run.worker SPEC``.

LoadGen keeps state between runs of one process, so every run gets a fresh one. What the worker has to say
goes to its parent as JSON lines; whatever user code prints goes to ``console.log``.

- ``answering``: from sample indices to answers that LoadGen takes, with the checks on the way;
- ``channel``: the way from a worker to its parent: JSON lines on what was its standard output;
- ``dispatch``: how queries of the scenarios reach the system under test;
- ``measure``: one LoadGen run;
- ``meter``: counts and latencies of a run, as seen inside the system under test;
- ``origins``: the distributions and files that a run was made from;
- ``prepare``: makes data set, system under test and accuracy, and checks that they fit, before any clock
  runs;
- ``probing``: measures a model for a moment, without LoadGen: latencies, throughput by batch size, memory;
- ``spec``: what a worker process is told to do: a JSON file.
"""
