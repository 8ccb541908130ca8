"""The flags of ``mlperf``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cm_core.actions.commonflags import Find as Tagged
from cm_core.flags import (
    Flags,
    choice,
    duration,
    mapping,
    number,
    optional,
    path,
    switch,
    text,
    whole,
    words,
)

if TYPE_CHECKING:
    from cm_core import Session

SCENARIOS = ("Offline", "Server", "SingleStream", "MultiStream")
# The environment says it, or the recipe that gets the sources.
SOURCE_KEY = "CM_MLPERF_INFERENCE_SOURCE"
METRICS_FILE = "cm-result.json"
IMPLEMENTATIONS = ("reference",)
_MODES = ("performance", "accuracy", "find-peak")
_ALL = {"all": "all"}
# More is a typing error, and would keep the machine busy for hours.
_MOST_BATCH, _MOST_THREADS = 65_536, 1024
_MOST, _MOST_WAIT_MS = 1e9, 60_000.0
_ROUNDS = "cm_mlperf.loadgen.rounds:round_names"
_BENCHMARKS = "cm_mlperf.loadgen.rounds:benchmark_names"
_EQUIVALENT = (
    "state that your own model computes what the model of the benchmark does, as the closed division wants;"
    " this is written into the submission and not checked"
)


def implementation_names(_: Session) -> Iterable[str]:
    """The implementations that are here, for completion."""
    return IMPLEMENTATIONS


class Model(Flags, group="Model and data"):
    """A model on a back end."""

    model = text(
        "a model by name, or FILE.onnx, FILE.pt, FILE.py:predict; without one: digits",
        values="cm_mlperf.components.registry:model_names",
    )
    backend = text(
        "what runs the model; by default what suits the model",
        also=("framework",),
        values="cm_mlperf.components.registry:backend_names",
    )
    device = text("cpu, cuda, ...", default="cpu")
    model_options = mapping("arguments of FILE.py:predict if it is a class")
    backend_options = mapping("arguments of the back end")


class What(Model, group="Model and data"):
    """A model with its data."""

    dataset = text(
        "a data set by name, or FILE.npz, FILE.csv, a folder of images, FILE.py:load",
        values="cm_mlperf.components.registry:dataset_names",
    )
    dataset_options = mapping("arguments of the data set: size, layout, mean, ...")
    accuracy = text("accuracy metric: classification, none, FILE.py:score")
    accuracy_options = mapping("arguments of the accuracy function")
    implementation = text(
        "implementation of the benchmark: reference",
        default="reference",
        values="cm_mlperf.flags:implementation_names",
    )
    precision = text("precision of the weights: fp32, fp16, int8; for your own file, only recorded")
    benchmark = text(
        "official benchmark that your own model is compared with, for example resnet", values=_BENCHMARKS
    )
    equivalent = switch(_EQUIVALENT)


class Which(Flags, group="Tests"):
    """How long and in which scenarios."""

    level = choice(
        "how long: demo (5 s per test, the default), short (60 s), official (600 s)",
        ("demo", "short", "official"),
    )
    demo = switch("the same as --level=demo")
    execution_mode = choice("the same as demo, short and official", ("test", "fast", "valid"))
    scenario = words("one or more scenarios", choices=SCENARIOS, synonyms=_ALL)
    all_scenarios = switch("all scenarios of the category")
    mode = words("what to measure; by default the first two", choices=_MODES, synonyms=_ALL)
    compliance = optional(
        "also the compliance tests of the rules, or these: TEST01,TEST04", bare="all", metavar="TEST"
    )
    category = choice(
        "edge or datacenter; selects the scenarios if none is named",
        ("edge", "datacenter"),
        synonyms={"network": "network"},
    )
    division = choice("division of the rules", ("open", "closed", "network"), default="open")
    round = text("round of submission whose rules apply: v5.0, v5.1, v6.0, v6.1", values=_ROUNDS)


class Tuning(Flags, group="Execution"):
    """How the model is driven."""

    batch_size = whole(
        "samples that go through the model together; by default the fastest number", least=1, most=_MOST_BATCH
    )
    workers = whole(
        "threads that answer queries in Offline and Server; by default one, or none for Server if the model"
        " answers faster than a query can be passed to a thread",
        most=_MOST_THREADS,
    )
    threads = whole("threads inside the model; by default all cores", most=_MOST_THREADS)
    max_wait = number(
        "how long Server waits for more queries to batch; by default not at all",
        above=0,
        most=_MOST_WAIT_MS,
        unit="ms",
    )
    network = words("measure systems that `cm serve mlperf` runs: URL,URL", also=("sut_servers",))
    hang_timeout = duration("time without progress after which a system counts as hung", most=_MOST)


class Settings(Flags, group="LoadGen settings"):
    """What is passed to LoadGen."""

    target_qps = number("expected (Offline) or required (Server) samples per second", above=0, most=_MOST)
    offline_target_qps = number("the same for Offline only", above=0, most=_MOST)
    server_target_qps = number("the same for Server only", above=0, most=_MOST)
    target_latency = number("expected (streams) or allowed (Server) latency", above=0, most=_MOST, unit="ms")
    singlestream_target_latency = number("the same for SingleStream only", above=0, most=_MOST, unit="ms")
    multistream_target_latency = number("the same for MultiStream only", above=0, most=_MOST, unit="ms")
    server_target_latency = number("the same for Server only", above=0, most=_MOST, unit="ms")
    max_duration = duration("time after which LoadGen issues no more queries", most=_MOST)
    min_query_count = whole("fewest queries of a performance test", least=1)
    max_query_count = whole("most queries of a performance test", least=1)
    test_query_count = whole("exactly this many queries, for a first try", least=1)
    performance_sample_count = whole("samples kept in memory in performance mode", least=1)
    conf = mapping("lines for user.conf: --conf.KEY=VALUE, --conf.Server.KEY=VALUE", valued_keys=True)
    user_conf = path("a file with user.conf lines")
    duration = duration("minimum duration of a performance test; not for official runs", most=_MOST)


class Record(Flags, group="Records"):
    """What is kept of a run."""

    name = text("name of the run; by default model, back end, device, level and a hash")
    submitter = text("organisation in records and submissions")
    system_name = text(
        "name of the system in records and submissions; by default the host", also=("hw_name",)
    )
    submission = switch("run all tests of a submission and pack it")
    rerun = switch("repeat finished tests; old logs go to history/")
    dry_run = switch("show the plan without doing anything, not even a probe")
    probe = switch("get model and data, probe briefly, show the plan with times and memory, and stop")
    result = optional("also write the numbers to this file, as flat JSON", bare=METRICS_FILE, metavar="FILE")


class Source(Flags, group="Official checker"):
    """Where the official checker comes from."""

    official = switch("also get and run the official checker")
    inference_src = path("folder with the sources of the official checker", env=SOURCE_KEY)


class Submission(Source, group="Submission"):
    """What is packed, and what it says of the system."""

    system = path("YAML or JSON file with keys of the system description")
    system_keys = mapping("keys of the system description: --system_keys.KEY=VALUE", valued_keys=True)
    not_applicable = words(
        "keys of the system description that are N/A; accelerators means all accelerator keys"
    )
    measurements = mapping("keys of measurements.json: --measurements.KEY=VALUE", valued_keys=True)
    infer = switch("also pack scenarios that the rules allow to be inferred from others")
    output = path("folder of the submission")
    force = switch("replace an existing folder", also=("f",))
    tar = switch("also make a .tar.gz of it")


class Run(What, Which, Tuning, Settings, Record, Submission):
    """Of ``cm run mlperf``."""


class Find(Tagged):
    """Of ``cm find mlperf``."""

    model = text(
        "only this model; of a FILE, what it wants and which data fit",
        values="cm_mlperf.components.registry:model_names",
    )
    backend = text("only this back end", values="cm_mlperf.components.registry:backend_names")
    device = text("only this device")
    scenario = choice("only this scenario", SCENARIOS)
    runs = switch("only the recorded runs")


class Load(Tagged):
    """Of ``cm load mlperf``."""

    yaml = switch("print the metadata of the artifact as YAML instead")


class Serve(Model):
    """Of ``cm serve mlperf``."""

    threads = whole("threads inside the model; by default all cores", most=_MOST_THREADS)
    workers = whole("batches that run at the same time; by default one", most=_MOST_THREADS)
    host = text("address to listen on; by default only this machine", default="127.0.0.1")
    port = whole("port to listen on; 0 takes a free one", default=8000, most=65535)


class Pack(Submission):
    """Of ``cm pack mlperf``."""

    round = text("round of submission; by default that of the run", values=_ROUNDS)
    submitter = text("name of the organisation")
    division = choice("division of the rules; by default that of the run", ("open", "closed", "network"))
    category = text("edge, datacenter, or both with a comma")
    benchmark = text("official benchmark that the model is compared with", values=_BENCHMARKS)
    equivalent = switch(_EQUIVALENT)
    system_name = text("name of the system", also=("hw_name",))
    system_template = path("write a system description to fill in, and stop")


class Check(Source):
    """Of ``cm check mlperf``."""

    round = text(
        "round of submission; by default that of the run, or of the seeds in the logs", values=_ROUNDS
    )
    submitter = text("only this organisation")
    like = choice("show only what the official checker minds, too", ("official",))


class Report(Flags):
    """Of ``cm report mlperf``."""

    output = path("folder for the report; by default that of the run")


class Import(Flags):
    """Of ``cm import mlperf``."""

    name = text("name of the import; by default that of the file or folder")


class Show(Flags):
    """Of ``cm show mlperf``."""

    where = text("only rows that match: 'accuracy > 95 and scenario == \"Offline\"'")
    sort = words("columns to order by; -column from high to low, 'best' the best first", nested=True)
    columns = words("columns or expressions to show", nested=True)
    derive = mapping("a column of your own: --derive.NAME=EXPRESSION", valued_keys=True)
    prices = path("CSV file with the columns system,price or system,per_hour, for what depends on prices")
    pareto = words("only rows on the Pareto front of these: result,power or result,accuracy:min", nested=True)
    compare = optional(
        "compare the two runs named, or the two values of this column", bare="source", metavar="COLUMN"
    )
    by = words("show groups of rows with the same values in these columns or expressions", nested=True)
    best = text("of each group the best value of this: per_accelerator", metavar="COLUMN")
    median = text("of each group the median of this", metavar="COLUMN")
    count = optional(
        "of each group the number of rows, or of different values of this", bare="rows", metavar="COLUMN"
    )
    pivot = text("a column whose values become columns of the table", metavar="COLUMN")
    ratio = text("in a pivot, how many times as good B is as A", metavar="B/A")
    trend = switch("best results round by round")
    limit = whole("rows of a table in the terminal; 0 means all", default=40)
    format = choice("output format", ("table", "csv", "md", "json"), default="table")
    export = words("files to write: *.csv, *.parquet, *.md, *.json or *.html (a page)", metavar="FILE,FILE")
