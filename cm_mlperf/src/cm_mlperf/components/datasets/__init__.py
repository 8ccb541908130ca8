"""Data sets of the demo and of the user's own.

- ``arrays``: data sets that fit into memory: files of NumPy, tables;
- ``columns``: arrays that become what a model takes only when a batch of them is asked for;
- ``digits``: the held-out handwritten digits of the recipe ``get dataset digits``;
- ``function``: data sets that are made by a function of the user;
- ``images``: a folder of images, one sub-folder for each class;
- ``random``: random samples of whatever shape a model wants.
"""
