"""One recipe while it runs.

- ``customize``: ``customize.py`` of a recipe: loading it, and calling its hooks in a guarded way;
- ``detector``: what ``find_tool`` of the metadata does: find a program, ask for its version, describe it in
  the env;
- ``failure``: what a person is told when a recipe fails: what ran, why it ended, its last words, how to
  repeat it;
- ``find``: looking for files on behalf of recipes: in search paths, below folders, and in the folders above
  one;
- ``host``: what recipes learn about the host: the ``os_info`` of the contract;
- ``imports``: what hooks can import beside what ``cm`` itself has;
- ``localcopy``: a copy of a model or of data that is on this machine;
- ``native``: running a native script with an env under the tmp-file protocol;
- ``nativefile``: which native script of a recipe runs on this host;
- ``nativeoutcome``: how a native script ended;
- ``overlaymaker``: run by the Python of a user: makes an environment that lies over it;
- ``pipfiles``: what the configuration files of a user tell pip;
- ``process``: a child process whose output is captured as it comes, and that Ctrl-C ends with all it
  started;
- ``quoting``: env values as lines of a shell script: they keep their meaning and never run a command;
- ``step``: one recipe while it runs: its hooks and native scripts over an env and a state that they change;
- ``toolbox``: the ``automation`` object of ``customize.py``: the helpers that public recipes call;
- ``toolsearch``: looking for a program or library on behalf of a recipe: where, which one fits, what of it
  enters the env;
- ``unreachable``: what a person is told when a recipe fails because a server cannot be reached;
- ``usersettings``: settings of the user's own Python, which must not reach a Python of the cache;
- ``workfolder``: who may use the fixed file names of the native protocol in a working folder, and which
  recipes use them;
- ``workingdir``: the one place where the current directory changes, for recipes that expect to be inside a
  folder.
"""
