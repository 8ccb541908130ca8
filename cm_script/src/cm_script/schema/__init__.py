"""What a recipe may say, in one table, and everything that follows from it.

- :mod:`~cm_script.schema.keys`: the keys of ``_cm.yaml``, by which the engine reads it;
- :mod:`~cm_script.schema.table`: all keys with those of plugins, for ``cm lint`` and the documentation.
"""
