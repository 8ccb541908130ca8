"""From a request to measurements: configuration, plan, suite, and a process for each test.

- ``configuration``: what a request for a run means, typed and checked before anything starts;
- ``earlier``: what earlier runs of the same name have measured, and what of it still holds;
- ``levels``: how long a run lasts and what it may be called;
- ``matrix``: which model runs with which back end on which device in which scenario here, and why others do
  not;
- ``modelfile``: what a model of the user's own wants, and which data fit;
- ``official``: what the rules of a round ask of a run, looked at before it starts;
- ``outline``: what a run would do, from what is known without doing anything;
- ``plan``: which LoadGen runs a configuration means, with which settings, and what they will take;
- ``plantext``: plans as lines for people;
- ``probe``: what a short measurement before the first LoadGen run says;
- ``progress``: how far a test is, as one line;
- ``recipes``: models and data sets that the scripts of recipes get;
- ``recording``: the record of a run: what is measured, with what, and how to do it again;
- ``runner``: the parent of a worker: starts it, listens, ends it when it hangs or the user stops;
- ``serving``: ``cm serve mlperf``: be the system under test of a network run;
- ``sources``: states of files that results depend on;
- ``suite``: runs the tests of a plan one after another, each in a fresh process, and records them;
- ``target``: what is measured: the words of a request turned into a model file, a data set and their
  components;
- ``words``: models, implementations, ... for which only public repositories have recipes;
- ``worker``: the process of one LoadGen run: ``python -m cm_mlperf.run.worker SPEC``.
"""
