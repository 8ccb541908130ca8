"""What stays on disk of a run.

- ``layout``: what a run leaves on disk, typed: ``run.json`` and, for each LoadGen run, ``test.json`` beside
  its logs.
"""
