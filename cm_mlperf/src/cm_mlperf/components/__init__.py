"""What is measured, and with what: parts that come with the plugin, and how others are found.

- ``accuracy``: ways to judge answers;
- ``build``: makes the objects that a specification names;
- ``backends``: systems under test that come with the plugin;
- ``catalog``: what can be measured out of the box; other plugins add theirs by the same hooks;
- ``datasets``: data sets of the demo and of the user's own;
- ``network``: LoadGen over the network: systems under test that are other processes, reached by HTTP;
- ``registry``: what plugins offer: back ends, data sets, accuracies and models by name.
"""
