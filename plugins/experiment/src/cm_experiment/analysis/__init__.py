"""What recorded steps say: tables, fronts, comparisons, reports, predictions; reads records, writes none.

- ``api``: show, compare and predict: the public functions behind the verbs;
- ``choosing``: which experiments, runs and steps a request means;
- ``compare``: two experiments beside each other, configuration by configuration;
- ``facts``: what a step ran with and on, and where two sets of steps differ in that;
- ``forms``: what of steps and predictions is shown in a terminal;
- ``model``: a model of a metric over the variables, fitted with scikit-learn;
- ``predict``: what a metric would be for configurations that have not run, and which of them to run next;
- ``reading``: reads experiments into a table;
- ``report``: the report of an experiment: one HTML file that needs nothing else;
- ``summary``: ``cm load experiment``: what an experiment holds, run by run;
- ``table``: recorded steps as a table: variables, metrics and facts about the step are its columns.
"""
