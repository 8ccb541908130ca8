"""Environments: merged and filled in.

- ``expand``: ``<<<KEY>>>`` placeholders: replaced by values of an env, left alone while nobody has the key;
- ``merge``: how env and state of different origins become one.
"""
