"""Results: one typed row for each measurement, whoever made it; tables, reports, comparisons.

- ``api``: report, show and import: the public functions behind the verbs;
- ``checkercsv``: The CSV of the official checker: read it, whatever round it is of, and write it;
- ``collect``: many rows become one collection: power joins its result, what is there twice counts once;
- ``columns``: the columns that can be asked for: fields of a row, derived values, what only some suites
  have;
- ``compare``: compare two systems, runs or anything else;
- ``corrections``: units that published tables name wrongly, as the logs behind them show;
- ``metrics``: the numbers of a run as one flat mapping, for programs that want no more: experiments,
  dashboards, CI;
- ``own``: the rows of a run of our own;
- ``packed``: rows in a file that loads fast: columns, each with its different values and an index into
  them;
- ``policy``: what may be said about results: the words that every table and report carries;
- ``publicjson``: result files in the JSON formats of the public result repositories: inference, training,
  tiny;
- ``published``: rows of ``summary_results.json``, the table that a round publishes, under the checker's
  names;
- ``reading``: finds out what a file of results is, and reads a file or all such files of a folder;
- ``report``: the report of a run: one HTML file that needs nothing else, the same in Markdown, JSON and
  CSV;
- ``reproduction``: how to repeat a run, for the documents of the doc plugin: ``cm doc mlperf RUN``;
- ``row``: the row of a result: own runs, the official checker's CSV and public result files all become
  this;
- ``show``: which tables are made of results, and what stands below them;
- ``sizes``: how large a system is, for the words beside every ratio of two;
- ``store``: imported results as artifacts of the local repository, and all results there are;
- ``table``: the table in a terminal at the end of a run;
- ``trend``: follow results over the rounds, across neither units nor sizes in silence;
- ``units``: units of results: how others spell them, and which way is better.
"""
