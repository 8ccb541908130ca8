"""The steps of an experiment, one after another or many at a time.

- ``asking``: what the verbs that run steps ask in common: one experiment, and where its steps run;
- ``elsewhere``: one script where an executor says: it goes out as a task, and its output, result and status
  come back;
- ``following``: what a task prints, passed on while it prints;
- ``preview``: what would run: for ``--dry-run`` and ``--print-job``. Nothing is written;
- ``progress``: what a person sees while steps run: a line for each, or the output of a single one;
- ``pruning``: stops steps that are worse than most others were at the same point (the median rule);
- ``recorder``: turns points into steps with a record, and endings into results;
- ``runner``: runs the steps of a plan: asks the search, hands tasks to an executor, records what comes
  back;
- ``verdict``: what a run says at its end: how many steps, the best one, and whether the noise lets it be
  the best.
"""
