"""The options of every ``cm … mlperf``: one table for the command line, help and documentation.

Imported whenever ``cm`` starts, so it holds data and nothing else.
"""

from __future__ import annotations

from cm_core import Option

_NAMES = ("Offline", "Server", "SingleStream", "MultiStream")

WHAT = (
    Option(name="model", help="a model by name, or FILE.onnx, FILE.pt, FILE.py:predict; without one: digits"),
    Option(
        name="dataset", help="a data set by name, or FILE.npz, FILE.csv, a folder of images, FILE.py:load"
    ),
    Option(name="accuracy", help="how answers are judged: classification, none, FILE.py:score"),
    Option(name="backend", help="what runs the model, by default what fits the model (also --framework)"),
    Option(name="framework", help="the same as --backend"),
    Option(name="implementation", help="only: reference"),
    Option(name="device", help="cpu, cuda, ...; by default cpu"),
    Option(name="precision", help="of the weights: fp32, fp16, int8; of an own file, for the record"),
    Option(name="benchmark", help="official benchmark that an own model is mapped to, for example resnet"),
    Option(name="model_options", help="arguments of FILE.py:predict when it is a class", kind="mapping"),
    Option(name="dataset_options", help="arguments of the data set: size, layout, mean, ...", kind="mapping"),
    Option(name="accuracy_options", help="arguments of the accuracy function", kind="mapping"),
    Option(name="backend_options", help="arguments of the back end", kind="mapping"),
)
WHICH = (
    Option(name="level", help="how long: demo (5 s a test), short (60 s), official (600 s)"),
    Option(name="demo", help="the same as --level=demo", kind="flag"),
    Option(name="execution_mode", help="test, fast or valid: the same as demo, short and official"),
    Option(name="scenario", help="one or several of Offline, Server, SingleStream, MultiStream", kind="list"),
    Option(name="all_scenarios", help="all that the category has", kind="flag"),
    Option(name="mode", help="performance, accuracy, find-peak; by default the first two", kind="list"),
    Option(
        name="compliance",
        help="also the compliance tests of the rules, or these: TEST01,TEST04",
        kind="optional",
    ),
    Option(name="category", help="edge or datacenter; says which scenarios are run when none is named"),
    Option(name="division", help="open or closed; by default open"),
    Option(name="round", help="round of submission whose rules apply: v5.0, v5.1, v6.0, v6.1"),
)
HOW = (
    Option(name="batch_size", help="samples that go through the model together; by default what is fastest"),
    Option(
        name="workers",
        help="threads that take queries of Offline and Server; by default one, and none for Server where the"
        " model answers faster than a query is handed to a thread",
    ),
    Option(name="threads", help="threads inside the model; by default all cores"),
    Option(name="max_wait", help="milliseconds that Server waits for more queries to batch; by default none"),
    Option(name="target_qps", help="expected (Offline) or required (Server) samples a second"),
    Option(name="offline_target_qps", help="the same for Offline alone"),
    Option(name="server_target_qps", help="the same for Server alone"),
    Option(name="target_latency", help="milliseconds: expected (streams) or allowed (Server)"),
    Option(name="singlestream_target_latency", help="the same for SingleStream alone"),
    Option(name="multistream_target_latency", help="the same for MultiStream alone"),
    Option(name="server_target_latency", help="the same for Server alone"),
    Option(name="duration", help="seconds a performance test lasts at least; not for official runs"),
    Option(name="max_duration", help="seconds after which LoadGen issues no more queries"),
    Option(name="min_query_count", help="fewest queries of a performance test"),
    Option(name="max_query_count", help="most queries of a performance test"),
    Option(name="test_query_count", help="exactly this many queries, for a first try"),
    Option(name="performance_sample_count", help="samples kept in memory in performance mode"),
    Option(
        name="conf", help="lines for user.conf: --conf.KEY=VALUE, --conf.Server.KEY=VALUE", kind="mapping"
    ),
    Option(name="user_conf", help="a file with such lines"),
    Option(name="hang_timeout", help="seconds without progress after which a system counts as hanging"),
    Option(name="network", help="measure systems that `cm serve mlperf` runs: URL,URL", kind="list"),
    Option(name="sut_servers", help="the same as --network", kind="list"),
)
RECORD = (
    Option(name="name", help="of the run; by default model, back end, device, level and a hash"),
    Option(name="submitter", help="organisation in records and submissions"),
    Option(name="system_name", help="name of the system in records and submissions; by default the host"),
    Option(name="hw_name", help="the same as --system_name"),
    Option(name="submission", help="all tests of a submission, then the submission itself", kind="flag"),
    Option(name="rerun", help="measure again what is finished; old logs go to history/", kind="flag"),
    Option(name="dry_run", help="measure shortly, show the plan, and stop", kind="flag"),
    Option(
        name="result",
        help="also write the numbers, flat, into cm-result.json here (=FILE: into it)",
        kind="optional",
    ),
)
_SOURCE = (
    Option(name="official", help="get the official checker and run it, too", kind="flag"),
    Option(name="inference_src", help="folder with the sources of the official checker"),
)
SUBMISSION = (
    Option(name="system", help="YAML or JSON file with keys of the description of the system"),
    Option(name="system_keys", help="such keys: --system_keys.KEY=VALUE", kind="mapping"),
    Option(
        name="not_applicable", help="such keys that are N/A; accelerators means all of these", kind="list"
    ),
    Option(name="measurements", help="keys of measurements.json: --measurements.KEY=VALUE", kind="mapping"),
    Option(name="infer", help="also pack scenarios that the rules let follow from others", kind="flag"),
    Option(name="output", help="folder of the submission"),
    Option(name="force", help="replace it", kind="flag"),
    Option(name="tar", help="also make a .tar.gz of it", kind="flag"),
    *_SOURCE,
)
RUN: tuple[Option, ...] = (*WHAT, *WHICH, *HOW, *RECORD, *SUBMISSION)

_TAGS = Option(name="tags", help="tags a run must have, with '-' those it must not have", kind="list")
FIND: tuple[Option, ...] = (
    _TAGS,
    Option(name="model", help="only this model"),
    Option(name="backend", help="only this back end"),
    Option(name="device", help="only this device"),
    Option(name="scenario", help="only this scenario", choices=_NAMES),
    Option(name="runs", help="only the recorded runs", kind="flag"),
)
LOAD: tuple[Option, ...] = (
    _TAGS,
    Option(name="yaml", help="print the metadata of the artifact as YAML instead", kind="flag"),
)

SERVE: tuple[Option, ...] = (
    Option(name="model", help="a model by name, or FILE.onnx, FILE.pt, FILE.py:predict; without one: digits"),
    Option(name="backend", help="what runs the model, by default what fits the model (also --framework)"),
    Option(name="framework", help="the same as --backend"),
    Option(name="device", help="cpu, cuda, ...; by default cpu"),
    Option(name="model_options", help="arguments of FILE.py:predict when it is a class", kind="mapping"),
    Option(name="backend_options", help="arguments of the back end", kind="mapping"),
    Option(name="threads", help="threads inside the model; by default all cores"),
    Option(name="workers", help="batches that run at the same time; by default one"),
    Option(name="host", help="address to listen at; by default 127.0.0.1, so only this machine"),
    Option(name="port", help="port to listen at; by default 8000, 0 takes a free one"),
)

_ROUND = Option(name="round", help="round of submission: v5.0, v5.1, v6.0, v6.1; by default that of the run")
PACK: tuple[Option, ...] = (
    _ROUND,
    Option(name="submitter", help="name of the organisation"),
    Option(name="division", help="open, closed or network"),
    Option(name="category", help="edge, datacenter, or both with a comma"),
    Option(name="benchmark", help="official benchmark that the model is compared with"),
    Option(name="system_name", help="name of the system (also --hw_name)"),
    Option(name="hw_name", help="the same as --system_name"),
    Option(name="system_template", help="write a file of keys of the description to fill in, and stop"),
    *SUBMISSION,
)
CHECK: tuple[Option, ...] = (
    _ROUND,
    Option(name="submitter", help="only this organisation"),
    *_SOURCE,
)
