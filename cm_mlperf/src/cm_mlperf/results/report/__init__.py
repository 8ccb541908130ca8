"""The report of a run: one HTML file that needs nothing else, the same in Markdown, JSON and CSV.

- ``charts``: charts of a run: how often which latency was seen, latency over percentile, throughput;
- ``facts``: what a report tells, read once from the run; HTML and Markdown are two forms of it;
- ``files``: writes the files of a report;
- ``html``: the report as one HTML file: no network, light and dark, for phones and desktops;
- ``markdown``: the report as Markdown, for a pull request or a terminal.
"""
