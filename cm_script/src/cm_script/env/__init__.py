"""Environments: merged and filled in.

- ``expand``: ``<<<KEY>>>`` placeholders: replaced by values of an env, left alone while nobody has the key;
- ``merge``: how env and state of different origins become one;
- ``values``: env and state as values: a run gets one and returns another, and none is ever changed.
"""
