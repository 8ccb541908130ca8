"""Ways to judge answers.

- ``classification``: accuracy of classifiers: how many answers are the label;
- ``function``: accuracy by a function of the user;
- ``labels``: the right answers of a data set;
- ``raw``: answers as the model gives them.
"""
