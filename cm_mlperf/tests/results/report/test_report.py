import csv
import dataclasses
import json
import re
import shutil

import pytest

from cm_core import CMError, NotFoundError
from cm_mlperf.record.layout import Histogram, RunFolder
from cm_mlperf.results.api import write_reports
from cm_mlperf.results.checkercsv import COLUMNS
from cm_mlperf.results.report.charts import latency_scale
from cm_mlperf.results.report.facts import flat, read_facts
from cm_report.charts import can_draw
from cm_report.testing import PageStructure

draws = pytest.mark.skipif(not can_draw(), reason="no vl-convert-python to draw charts")


def parsed(folder):
    return PageStructure((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def page(run_folder):
    write_reports(run_folder)
    return parsed(run_folder.path)


def test_four_files_are_written(run_folder):
    files = write_reports(run_folder)
    assert [file.name for file in files] == ["report.html", "report.md", "results.json", "results.csv"]
    assert all(file.parent == run_folder.path for file in files)
    elsewhere = write_reports(run_folder, run_folder.path.parent / "a" / "b")
    assert elsewhere[0].read_bytes() == files[0].read_bytes()


def test_everything_is_told(page, run_folder):
    text = " ".join(page.text)
    record = run_folder.read()
    for told in (
        "NON-OFFICIAL", "must not be called MLPerf results", "Offline", "Server", "SingleStream",
        "MultiStream", "VALID", "samples/s", "queries/s", "accuracy=95.000%", "Throughput", "percentile",
        "cm run mlperf --model=clusters '--dataset=points & more.npz'", record.name, "mlcommons-loadgen",
        record.versions["numpy"], "min duration".replace(" ", "_"), "load average", "Example Lab",
    ):  # fmt: skip
        assert told in text, told


@draws
def test_every_scenario_has_a_distribution_and_a_percentile_curve(page):
    expected = 2 * ["Samples per second"]  # alone in its section, for desks and for phones
    for scenario in ("Offline", "Server", "SingleStream", "MultiStream"):
        expected += [f"{scenario}: how often", f"{scenario}: percentiles"]
    assert page.charts == expected
    assert all(attrs.get("role") == "img" for attrs in page.all("svg"))


def test_the_page_needs_no_network(page, run_folder):
    outside = [link for link in page.links if not link.startswith("#")]
    assert len(outside) == 1  # the guidelines, for people to click on
    text = (run_folder.path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"@import|url\((?!#)|<link|<img|<iframe|src=", text)
    assert "default-src 'none'" in text
    assert "unsafe-inline" not in text


def test_what_users_write_stays_text(run_folder):
    nasty = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"
    record = run_folder.read()
    changed = dataclasses.replace(
        record,
        command=("cm", "run", nasty),
        submitter=nasty,
        system_name=nasty,
        model=dataclasses.replace(record.model, name=nasty),
        system=dataclasses.replace(record.system, description={nasty: nasty}),
        versions={nasty: nasty},
        probe={nasty: {nasty: [nasty, {nasty: nasty}]}},
    )
    run_folder.write(changed)
    test = run_folder.read_test("Server", "performance")
    run_folder.write_test(dataclasses.replace(test, state="failed", error=nasty, settings={nasty: nasty}))
    write_reports(run_folder)
    page = parsed(run_folder.path)
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert nasty in "".join(page.text)
    markdown = (run_folder.path / "report.md").read_text(encoding="utf-8")
    outside = re.sub(r"(?s)```console\n.*?\n```", "", markdown)
    assert "<script>" not in outside
    assert "<img" not in outside


def test_accessible(page):
    tags = page.tags
    assert [tag for tag, _ in tags if tag == "h1"] == ["h1"]
    assert tags[0] == ("html", {"lang": "en"})
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in tags
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(ids)


def test_markdown_is_the_same_in_other_words(page, run_folder):
    markdown = (run_folder.path / "report.md").read_text(encoding="utf-8")
    assert markdown.startswith("# clusters with python on cpu\n")
    assert "> **NON-OFFICIAL.**" in markdown
    for row in ("| Offline |", "| Server |", "| SingleStream |", "| MultiStream |"):
        assert markdown.count(row) >= 3
    assert "```console\ncm run mlperf" in markdown
    assert markdown.endswith("|\n")


def test_json_and_csv(page, run_folder):
    document = json.loads((run_folder.path / "results.json").read_text(encoding="utf-8"))
    assert (document["schema"], document["mark"], len(document["rows"])) == (1, "NON-OFFICIAL", 4)
    assert document["run"]["command"][0] == "cm"
    with (run_folder.path / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["Scenario"] for row in rows] == ["Offline", "Server", "SingleStream", "MultiStream"]
    assert tuple(rows[0]) == COLUMNS


def test_a_run_of_official_length(run_folder):
    run_folder.write(dataclasses.replace(run_folder.read(), level="official"))
    write_reports(run_folder)
    text = " ".join(parsed(run_folder.path).text)
    assert "UNVERIFIED" in text
    assert "NON-OFFICIAL" not in text


def test_a_run_with_nothing_in_it(tmp_path, measured_run):
    run = RunFolder(tmp_path / "empty")
    with pytest.raises(NotFoundError):
        write_reports(run)
    run.path.mkdir()
    run.write(measured_run.read())
    write_reports(run)
    assert "No scenario was run." in " ".join(parsed(run.path).text)


def test_a_scenario_without_histogram_or_latencies(run_folder):
    server = run_folder.read_test("Server", "performance")
    run_folder.write_test(dataclasses.replace(server, histogram=None))
    offline = run_folder.read_test("Offline", "performance")
    bare = dataclasses.replace(offline.performance, latencies_ms={}, value=None, duration_s=0.0)
    run_folder.write_test(
        dataclasses.replace(offline, performance=bare, histogram=Histogram(edges_ms=(), counts=()))
    )
    shutil.rmtree(run_folder.path / "MultiStream")
    write_reports(run_folder)
    page = parsed(run_folder.path)
    sections = [attrs.get("id") for attrs in page.all("section") if "id" in attrs]
    assert sections == [
        "results",
        "throughput",
        "Server",
        "SingleStream",
        "accuracy",
        "repeat",
        "details",
        "settings",
    ]
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(sections)
    if can_draw():
        assert page.charts[2:] == [
            "Server: percentiles", "Server: percentiles", "SingleStream: how often", "SingleStream: percentiles"
        ]  # fmt: skip


@pytest.mark.parametrize("counts", [(7,), (0, 5, 0), (1,) * 500])
def test_histograms_of_every_shape(run_folder, counts):
    edges = tuple(0.5 * 1.01**place for place in range(len(counts) + 1))
    for scenario in ("Server", "Offline"):
        test = run_folder.read_test(scenario, "performance")
        same = dict.fromkeys(test.performance.latencies_ms, 0.5)
        shape = Histogram(edges_ms=edges, counts=counts)
        performance = dataclasses.replace(test.performance, latencies_ms=same)
        run_folder.write_test(dataclasses.replace(test, performance=performance, histogram=shape))
    write_reports(run_folder)
    text = (run_folder.path / "report.html").read_text(encoding="utf-8")
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).lower()


def test_a_report_that_cannot_be_written(run_folder):
    (run_folder.path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CMError, match="cannot create"):
        write_reports(run_folder, run_folder.path / "file" / "below")


def test_nested_facts_become_a_list():
    probe = {
        "batches": [{"size": 1, "mean_ms": 0.5}, {"size": 8}],
        "sizes": [1, ["x", 2]],
        "a": {"b": {"c": 3}},
    }
    assert list(flat(probe)) == [
        ("batches 1, size", 1),
        ("batches 1, mean ms", 0.5),
        ("batches 2, size", 8),
        ("sizes", "1, x 2"),
        ("a, b, c", 3),
    ]


def test_the_bound_of_server_is_known(measured_run):
    bounds = {one.scenario.name: one.bound_ms for one in read_facts(measured_run).scenarios}
    assert bounds == {"Offline": None, "Server": 5000.0, "SingleStream": None, "MultiStream": None}


def test_the_start_is_told_in_utc(measured_run):
    facts = read_facts(measured_run)
    for written, told in (
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04 UTC"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02 01:04 UTC"),
        ("2026-01-02T03:04:05", "2026-01-02 03:04 UTC"),
        ("yesterday", "yesterday"),
    ):
        record = dataclasses.replace(facts.record, created=written)
        assert dataclasses.replace(facts, record=record).when == told


def test_axes_of_latencies():
    assert latency_scale("ms", [0.01, 1000]).log
    assert not latency_scale("ms", [0.01, 1000], linear=True).log
    assert not latency_scale("ms", [4.0, 11.0]).log
    assert not latency_scale("ms", [0.0, 11.0]).log
