"""The report of an experiment: one HTML file that needs nothing else.

- ``comparing``: a comparison as one HTML file: ratios, what changed by how much, a table, and what differs
  otherwise;
- ``groups``: the page with a table of groups of steps;
- ``html``: the report as one HTML file: charts, Pareto front, a table to filter and sort, and what ran.
"""
