"""What stays on disk of a run.

- ``layout``: what a run leaves on disk, typed: ``run.json`` and, for each LoadGen run, ``test.json`` beside
  its logs;
- ``reproduction``: how to repeat a run, for the documents of the doc plugin: ``cm doc mlperf RUN``;
- ``writing``: the record of a run: what is measured, with what, and how to do it again.
"""
