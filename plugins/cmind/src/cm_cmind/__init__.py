"""Code written for ``cmind``, run by the CM toolkit; the package it imports is in ``for-recipes``.

- ``automations``: the Python files of automations that live in repositories: found, loaded once, made ready
  to be asked;
- ``bridge``: requests in the dictionary convention, answered by a session in this process;
- ``contract``: the dictionary convention: what a request means, and what it asks of whoever answers;
- ``cmx``: ``cmx``: the command line with control flags, ``cmx ACTION AUTOMATION -control --input=value``;
- ``control``: requests with ``control``: flags for the toolkit apart from the input, as ``cmx`` types them;
- ``flags``: the flags of the verbs for homes and automations of the original;
- ``home``: ``cm import home``: repositories and cache entries of a home of the original tool, used from
  here;
- ``legacy``: a request to an automation that lives in a repository: which method answers, and its answer as
  a Result;
- ``localrepo``: the local repository of another home: scripts, experiments and whatever else a person made
  there;
- ``nativerun``: ``cm native-run script``: a command in a shell with an env, as automations written for
  cmind ask for it;
- ``plugin``: the plugin ``cmind``: hooks that hand on to :mod:`cm_cmind.provide` and
  :mod:`cm_cmind.legacy`;
- ``provide``: makes ``cmind`` importable in this process and its children, and knows who answers its
  requests;
- ``remote``: answers one request of a Python that does not have the toolkit: ``python -m cm_cmind.remote IN
  OUT``;
- ``watching``: what control flags record about a request: log, reproducibility folder, files, profile and
  JSON.
"""
