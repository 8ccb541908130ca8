"""Recorded steps once more, and whether they say the same.

- ``drift``: what is not as it was when a step was recorded;
- ``judging``: whether a repetition reproduces what was measured: tolerance and noise of each metric;
- ``replay``: ``cm replay experiment``: run a recorded step again and judge what comes out;
- ``reproduction``: facts for the documents of the doc plugin: how to repeat the latest run of an
  experiment.
"""
