"""LoadGen: its settings and logs, and the rounds of MLPerf.

- ``audits``: the audit runs of the rules: TEST01 logs answers in performance mode, TEST04 repeats one
  sample;
- ``compliance``: judges both from their logs;
- ``log``: reads what LoadGen writes: the detail log of a run, and the answers of an accuracy run;
- ``rounds``: what a round asks for, read from ``data/<round>.json`` when it is needed;
- ``scenario``: the four scenarios of LoadGen: what a query is, what is measured, when a run counts;
- ``settings``: ``user.conf``: the keys that LoadGen knows, and the lines of a run;
- ``tokentests``: judges the compliance tests of language models from their logs;
- ``wheel``: which round the installed LoadGen is of: its seeds are compiled in.
"""
