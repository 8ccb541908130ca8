"""What is shown and written of two recorded runs and some published results is what it always was."""

import json
from pathlib import Path

import pytest

from cm_core import write_meta
from cm_core.cli import to_json_text
from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.record.layout import (
    DataSetFacts,
    Histogram,
    ModelFacts,
    PerformanceResult,
    RunFolder,
    RunRecord,
    SystemFacts,
    TestRecord,
)
from cm_mlperf.results.api import write_reports
from cm_report.testing import assert_as_before, shown_tables, transcript

GOLDEN = Path(__file__).with_name("golden")
PUBLISHED = """\
Organization,Availability,Division,SystemType,SystemName,Model,MlperfModel,Scenario,Result,Accuracy,number_of_nodes,host_processors_per_node,host_processor_core_count,accelerator_model_name,accelerators_per_node,version,Units
Example,available,closed,"datacenter,edge",Alpha,resnet50,resnet,Offline,1000,acc: 76.2,1,1,8,,0,v5.0,Samples/s
Example,available,closed,"datacenter,edge",Alpha,resnet50,resnet,Offline,40,acc: 76.2,1,1,8,,0,v5.0,Watts
Example,available,closed,"datacenter,edge",Alpha,resnet50,resnet,SingleStream,2.0,acc: 76.2,1,1,8,,0,v5.0,Latency (ms)
Example,preview,closed,edge,Beta,resnet50,resnet,Offline,1500,acc: 76.1,1,2,16,Big <4x>,4,v5.1,Samples/s
Example,preview,closed,edge,Beta,resnet50,resnet,Offline,90,acc: 76.1,1,2,16,Big <4x>,4,v5.1,Watts
Example,preview,closed,edge,Beta,resnet50,resnet,SingleStream,2.5,acc: 76.1,1,2,16,Big <4x>,4,v5.1,Latency (ms)
Lab,rdi,open,edge,Gamma,resnet50,resnet,Server,800,acc: 75.0,2,1,4 (big); 4 (LITTLE),N/A,,v5.1,Queries/s
"""
PRICES = "system,price\nAlpha,2000\nB*,9000\n"
SHOW = (
    "show mlperf",
    "show mlperf summary",
    "show mlperf --where='accuracy > 75 and scenario == \"offline\"' --sort=best --columns=system,result,unit",
    "show mlperf --sort=-system,result --limit=3",
    "show mlperf summary --sort=accelerators,cores --columns=system,cores,accelerators,per_core,category",
    "show mlperf summary --derive.speed='throughput / cores' --sort=-speed --columns=system,scenario,speed",
    "show mlperf summary --prices=prices.csv --columns=system,price,per_dollar --sort=-per_dollar",
    "show mlperf summary --pareto=result,power --where='scenario == \"Offline\"' --columns=system,result,power",
    "show mlperf summary --pareto=result,accuracy:min --where='unit == \"samples/s\"' --columns=system",
    "show mlperf summary --pareto=result,power",
    "show mlperf summary --pareto=result",
    "show mlperf --where=official --columns=system,scenario",
    "show mlperf --where='result > 1e9'",
    "show mlperf --where='acuracy > 1'",
)
COMPARE = (
    "show mlperf summary --compare=system --where='system != \"Gamma\"'",
    "show mlperf first second --compare",
    "show mlperf summary --compare=system",
    "show mlperf first second --compare=scenario",
    "show mlperf summary --trend",
)


@pytest.fixture(autouse=True)
def results(cm_session, tmp_path):
    """Two runs of our own, and results of others."""
    (tmp_path / "summary.csv").write_text(PUBLISHED, encoding="utf-8")
    (tmp_path / "prices.csv").write_text(PRICES, encoding="utf-8")
    cm_session.access("import mlperf summary.csv")
    for number, (name, factor) in enumerate((("first", 1.0), ("second", 1.25)), start=1):
        folder = cm_session.repos.local.root / "mlperf" / name
        folder.mkdir(parents=True)
        meta = {"alias": name, "uid": f"{number:016x}", "automation_alias": "mlperf"}
        write_meta(folder, {**meta, "automation_uid": "a41cb8e6c8f7b7b7", "tags": ["mlperf"]}, as_yaml=False)
        run = RunFolder(folder)
        run.write(record(name))
        for test in measurements(factor):
            run.write_test(test)
        cm_session.index.note_written(folder)


def record(name):
    return RunRecord(
        name=name,
        created="2026-01-02T03:04:05Z",
        command=("cm", "run", "mlperf", "--model=clusters", "--dataset=points & more.npz"),
        digest="1a2b" * 16,
        level="demo",
        round="v6.1",
        division="open",
        category="edge",
        submitter="Example Lab",
        system_name=f"bench-{name}",
        model=ModelFacts(name="clusters", benchmark="resnet", source="tests"),
        dataset=DataSetFacts(name="points", size=360, performance_samples=360),
        system=SystemFacts(
            backend="python",
            backend_version="3.11",
            batch_size=64,
            description={
                "status": "available",
                "system_name": f"Bench <{name}>",
                "number_of_nodes": "1",
                "host_processor_model_name": "Example CPU",
                "host_processors_per_node": "1",
                "host_processor_core_count": "2",
                "accelerator_model_name": "N/A",
                "accelerators_per_node": "0",
                "sw_notes": 'said "fine", and <b>bold</b>',
            },
        ),
        versions={"mlcommons-loadgen": "6.0.17", "numpy": "2.1"},
        repositories={"local": "none"},
        load_average=0.5,
        probe={"batch 8": {"mean ms": 1.25, "memory_bytes": 25276518400}},
    )


def measurements(factor):
    common = {"state": "finished", "digest": "1a2b" * 16, "started": "2026-01-02T03:04:06Z", "seconds": 1.0}
    settings = {"*.Server.target_latency": 15.0}
    shape = Histogram(
        edges_ms=tuple(1.1**place / factor for place in range(31)),
        counts=tuple((place * 7919) % 400 + 4 * place for place in range(30)),
    )
    for place, (scenario, unit) in enumerate(
        (("Offline", "samples/s"), ("Server", "queries/s"), ("SingleStream", "ms"))
    ):
        latencies = {f"p{part}": (1 + part / 30) / factor for part in (50, 90, 95, 97, 99, 99.9)}
        performance = PerformanceResult(
            value=(1000.0 * factor) if place < 2 else 2 / factor,
            unit=unit,
            valid=place != 1,
            reason="" if place != 1 else "min duration not met",
            queries=1 if place == 0 else 4000,
            samples=261_274 if place == 0 else 4000,
            duration_s=2.5 / factor,
            latencies_ms={"mean": 2.0 / factor, **latencies},
        )
        yield TestRecord(
            **common,
            scenario=scenario,
            mode="performance",
            settings=settings if scenario == "Server" else {},
            performance=performance,
            histogram=shape if place else None,
            peak_memory_mb=120.5,
        )
        accuracy = AccuracyResult(metric="accuracy", value=95.0 + place, samples=360, text="accuracy=95.000%")
        yield TestRecord(**common, scenario=scenario, mode="accuracy", accuracy=accuracy)


def test_answers(cm_session, tmp_path):
    assert_as_before(GOLDEN / "show.txt", transcript(cm_session, SHOW, tmp_path))
    assert_as_before(GOLDEN / "compare.txt", transcript(cm_session, COMPARE, tmp_path))
    for name, command in (("show", SHOW[3]), ("compare", COMPARE[1]), ("trend", COMPARE[4])):
        answer = cm_session.call(cm_session.understand(command))
        assert_as_before(GOLDEN / f"{name}.answer.json", to_json_text(answer.to_mapping()))


@pytest.mark.parametrize("form", ["csv", "md", "json"])
def test_forms(cm_session, tmp_path, form):
    commands = [f"{SHOW[place]} --format={form}" for place in (0, 2, 4, 5)]
    commands += [f"{command} --format={form}" for command in (*COMPARE[:2], COMPARE[4])]
    assert_as_before(GOLDEN / f"forms.{form}.txt", transcript(cm_session, commands, tmp_path))


def test_a_report(cm_session, tmp_path):
    (run,) = cm_session.find("mlperf", "first")
    files = {file.name: file for file in write_reports(RunFolder(run.path), tmp_path / "report")}
    assert json.loads(files["results.json"].read_text(encoding="utf-8"))["schema"] == 1
    for name in ("report.md", "results.json", "results.csv"):
        assert_as_before(GOLDEN / name, files[name].read_bytes().decode("utf-8"))
    page = files["report.html"].read_text(encoding="utf-8")
    assert_as_before(GOLDEN / "report.tables.txt", shown_tables(page))
