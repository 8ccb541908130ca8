"""All recipe keys in one table, and everything derived from it.

- :mod:`~cm_script.schema.keys`: the keys of ``_cm.yaml``, by which the engine reads it;
- :mod:`~cm_script.schema.table`: all keys with those of plugins, for ``cm lint`` and the documentation;
- :mod:`~cm_script.schema.editors`: the JSON Schema of ``_cm.yaml``, ``cm-script.schema.json``;
- :mod:`~cm_script.schema.interface`: what one recipe accepts: variations, inputs, versions;
- :mod:`~cm_script.schema.accepted`: the same as a JSON Schema, for ``cm show script NAME --schema``;
- :mod:`~cm_script.schema.defaults`: the defaults in it, in the types that it asks for.
"""

# modules of which everything is public -> version since when
PUBLIC_MODULES = {
    "interface": "0.1",
    "keys": "0.1",
}
