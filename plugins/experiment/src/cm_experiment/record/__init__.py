"""What stays on disk of an experiment.

- ``layout``: what an experiment leaves on disk;
- ``metrics``: what a command reported: files that it left, lines of JSON that it printed, what patterns find;
- ``original``: runs that the original recorded: a list of results, and a command in each step's folder;
- ``patterns``: metrics that stand somewhere in what a command prints, found by regular expressions in limited
  time;
- ``provenance``: what a step depended on beside its variables: environment, packages, repositories, recipe.
  No secrets;
- ``rows``: the steps of a run or an experiment as rows, whoever recorded them;
- ``store``: experiments as artifacts: found or made, and the folders of their runs;
- ``wording``: values and numbers for people.
"""
