"""What is to be explored: variables, their values, and what counts as good.

- ``objectives``: which steps are good: objectives, constraints, the best one;
- ``plan``: what a request wants to have explored: everything is checked here, before anything runs;
- ``problem``: what is searched: a space or a list of points, and how many of them;
- ``ranges``: the values of a variable, as people write them: ``range(1, 9)``, ``2**i for i in range(6)``,
  ``fp32,int8``;
- ``schema``: the JSON Schema of a file for ``cm run experiment NAME @file.yaml``: the flags of the verb as
  keys;
- ``template``: the command of an experiment and its variables: ``{{NAME}}``; ``{{NAME{VALUES}}}`` declares
  one.
"""
