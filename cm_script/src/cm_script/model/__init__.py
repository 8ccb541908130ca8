"""What recipes and calls say, typed.

- ``call``: one requested run of one script: everything that a user or a parent hands to it;
- ``condition``: conditions on env: ``enable_if_env``, ``skip_if_env`` and their ``any`` forms;
- ``dependency``: lists of dependency entries: how blocks add to them and how ``ad``/``adr`` updates change
  them;
- ``meta``: ``_cm.yaml`` of a script: a typed view over the dictionary, which is kept as it is;
- ``resolved``: what a script and a call become: the input of all later stages;
- ``scripttags``: tags and variations, as people ask for scripts;
- ``tool``: ``find_tool`` of a script: which program it finds, and what it says about it;
- ``variation``: variations: ``_name`` in the tags of a script, and what else each of them switches on;
- ``versiontext``: versions that were written without quotes, which YAML reads as numbers.
"""
