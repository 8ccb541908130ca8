"""The report kit of the CM toolkit: from rows of any shape to tables, charts, pages and files.

Its modules are public; what they share stays among them (``drawing``).

- ``arithmetic``, ``expressions``: the language of filters and computed columns, never executed;
- ``grid``: rows of any shape with named columns, and tables made of them;
- ``grouping``: the best, the median and the number of each group; pivots;
- ``query``: filter, order, group, Pareto fronts over any number of objectives;
- ``statistics``, ``compare``: repeated measurements; differences told from noise;
- ``tables``, ``export``: text and Markdown; CSV, JSON and Parquet;
- ``charts``, ``scatter``, ``changes``: charts as Vega-Lite specifications;
- ``html``, ``page``, ``rowspage``, ``sharing``: pages in one file that load nothing and tell no secrets;
- ``testing``: reads pages back, and compares answers with golden files.
"""

# modules of which everything is public -> version since when
PUBLIC_MODULES = {
    "arithmetic": "0.1",
    "changes": "0.1",
    "charts": "0.1",
    "compare": "0.1",
    "export": "0.1",
    "expressions": "0.1",
    "grid": "0.1",
    "grouping": "0.1",
    "html": "0.1",
    "page": "0.1",
    "query": "0.1",
    "rowspage": "0.1",
    "scatter": "0.1",
    "sharing": "0.1",
    "statistics": "0.1",
    "tables": "0.1",
    "testing": "0.1",
}
