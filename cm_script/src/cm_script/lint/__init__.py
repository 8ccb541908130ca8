"""What is wrong with a recipe, without running it.

- ``catalog``: all scripts that dependencies may mean, and all artifacts that may be mistaken for one
  another;
- ``collect``: what is to be examined: recipes of scripts or of repositories, and everything they may refer
  to;
- ``dependencies``: checks of dependencies against the scripts that are known;
- ``document``: a metadata file with the lines of its keys;
- ``finding``: what a check finds, and the rules that findings are about;
- ``identity``: checks of what an artifact is known by, and of the files beside the metadata;
- ``inputs``: whether anything looks at what ``input_mapping`` sets;
- ``keychecks``: checks of keys: known, misspelt, in the wrong place, twice;
- ``recipe``: a recipe under examination: its files, its blocks and its dependency entries with their
  places;
- ``run``: ``cm lint script`` and ``cm lint repo``: what is wrong with recipes;
- ``shapes``: checks of values: of the kind that their key needs, and conditions that can match;
- ``tools``: checks of ``find_tool``: that what it describes can be looked for;
- ``variations``: checks of variations and their groups.
"""
