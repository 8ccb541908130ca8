"""Checks of runs and submissions, before and after; each problem says where it is and how to repair it.

- ``accuracy``: checks an accuracy run: its detail log, its answers and ``accuracy.txt``;
- ``accuracytext``: reads ``accuracy.txt``: what the accuracy scripts of the benchmarks print;
- ``api``: ``cm check mlperf``: checks a submission, or a run;
- ``before``: checks before a long run all that is knowable then: ten minutes are too long to learn of a
  typing error;
- ``checkers``: the checkers of this distribution;
- ``crosscheck``: compares what a log says with what else is known: its summary, its own percentiles,
  ``user.conf``;
- ``descriptions``: checks the two kinds of descriptions in a submission: of systems and of results, key by
  key;
- ``finding``: a problem that a check found, and the reports of checkers;
- ``official``: runs the official submission checker, from sources that the user has, and reads what it
  says;
- ``performance``: checks the detail log of a performance run. Stricter than the official checker where that
  one is lax;
- ``place``: which part of which submission tree a folder is, and of which round its logs are;
- ``power``: checks a measurement of power, and turns the log of the meter into the figure of a result;
- ``powersession``: compares what the two sides of it recorded, and what the meter answered;
- ``report``: shows what checkers say to a person;
- ``resultfiles``: checks that the files of a result are there and say something;
- ``runfolder``: checks a run before it is packed: whether its logs would do for a submission;
- ``shares``: our validator on trees of any size: large ones are shared out to processes;
- ``strict``: our validator of submission trees; what it accepts, the official checker accepts;
- ``testfolders``: checks the folders of compliance tests in a submission;
- ``tokenfolders``: judges TEST06, TEST07 and TEST09 of a submission again from their logs;
- ``uploads``: names and files with which a submission cannot be uploaded to a repository.
"""
