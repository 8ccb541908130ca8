import json
import re
import shutil
import subprocess
from importlib.resources import files
from xml.etree import ElementTree as ET

import pytest

from cm_core.model.request import Request
from cm_experiment.analysis.report.charts import Direction, Point, fitting_scale, scatter
from cm_report.testing import PageStructure

GOALS = {"throughput": "maximize", "latency_ms": "minimize", "accuracy": "maximize"}


@pytest.fixture
def report(cm_session, tmp_path):
    def write(name, **options):
        request = Request(
            action="show",
            automation="experiment",
            artifact=name,
            options={"export": "report.html", **options},
        )
        answer = cm_session.call(request)
        page = PageStructure((tmp_path / "report.html").read_text(encoding="utf-8"))
        return page, answer

    return write


@pytest.fixture
def study(make_experiment, study_steps):
    steps = study_steps()
    steps[0] |= {"system": {"cpu": "one of ours"}, "packages": {"numpy": "2.1"}}
    space = {"batch": {"values": [1, 2, 4]}, "threads": {"low": 1, "high": 2}}
    return make_experiment("digits", steps, objectives=GOALS, space=space)


def test_a_chart_for_each_pair_of_objectives_and_a_row_for_each_step(study, report):
    page, _ = report("digits")
    charts = [attrs["aria-label"] for attrs in page.all("svg")]
    assert [text.partition(":")[0] for text in charts] == [
        "latency_ms over throughput",
        "accuracy over throughput",
        "accuracy over latency_ms",
    ]
    assert len(page.all("circle")) == 3 * 24
    assert len(page.all("tr")) > 24
    left = [attrs.get("class") for attrs in page.all("th") if attrs.get("scope") == "col"]
    assert left[:4] == [None, None, "left", None]
    text = " ".join(page.text)
    for part in (
        "digits",
        "24 steps in 1 run",
        "highest throughput",
        "lowest latency_ms",
        "echo",
        "one of ours",
    ):
        assert part in text


def test_the_front_is_that_of_all_objectives(study, report, cm_session):
    page, _ = report("digits")
    rows = [attrs for attrs in page.all("tr") if attrs.get("class") == "best"]
    listed = cm_session.access("show experiment digits --pareto=throughput,latency_ms,accuracy")
    assert len(rows) == listed["count"]
    best = {attrs["data-step"] for attrs in page.all("circle") if "best" in attrs["class"]}
    assert len(best) == listed["count"]
    assert f"{listed['count']} on the Pareto front" in " ".join(page.text)


def test_the_front_is_marked_and_not_the_only_thing_there(study, report):
    page, answer = report("digits", pareto="latency_ms,accuracy", where="threads == 2")
    assert answer.data["count"] == 2
    assert len(page.all("circle")) == 12
    assert len([attrs for attrs in page.all("tr") if attrs.get("class") == "best"]) == 2


def test_nothing_is_loaded_and_names_are_only_text(make_experiment, report):
    name = "<script>alert(1)</script>"
    make_experiment(
        "hostile",
        [
            {
                "variables": {name: name},
                "metrics": {name + "_ms": n, "a&b": 2 - n, "note": '"><img src=x>'},
                "system": {name: name},
            }
            for n in range(3)
        ],
        objectives={name + "_ms": "minimize", "a&b": "maximize"},
    )
    page, _ = report("hostile")
    assert page.links == []
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    policy = next(attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs)
    assert "default-src 'none'" in policy


def test_a_single_objective_is_shown_over_the_variables(make_experiment, study_steps, report):
    make_experiment("one", study_steps(12), objectives={"throughput": "maximize"})
    page, _ = report("one")
    charts = [attrs["aria-label"].partition(":")[0] for attrs in page.all("svg")]
    assert charts == ["throughput over batch", "throughput over threads"]
    assert "only-front" not in [attrs.get("id") for attrs in page.all("input")]


def test_an_objective_that_does_not_vary_has_no_chart(make_experiment, study_steps, report):
    steps = [step for step in study_steps() if step["variables"]["precision"] == "int8"]
    make_experiment("flat", steps, objectives=GOALS)
    page, _ = report("flat")
    charts = [attrs["aria-label"].partition(":")[0] for attrs in page.all("svg")]
    assert charts == ["latency_ms over throughput"]
    assert "accuracy is the same in all steps" in " ".join(page.text)


def test_without_objectives_there_is_a_table(make_experiment, report):
    make_experiment("plain", [{"metrics": {"t": 1}}, {"metrics": {"t": 2}, "state": "failed"}])
    page, _ = report("plain")
    assert page.all("svg") == []
    assert "failed" in page.text


def test_every_chart_is_well_formed_and_inside_its_frame():
    points = [Point(x=10.0**n, y=-5.0 * n, place=n, front=n == 2) for n in range(6)]
    chart = scatter(points, Direction(name="a<b", lower=True), Direction(name="y", lower=False))
    root = ET.fromstring(chart)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    circles = root.findall("circle")
    assert len(circles) == 6
    assert all(
        0 < float(one.attrib["cx"]) < width and 0 < float(one.attrib["cy"]) < height for one in circles
    )
    assert circles[-1].attrib["data-step"] == "2"
    assert [text.text for text in root.findall("text")][-1] == "↑ y"


def test_axes_fit_all_values():
    assert fitting_scale([5, 5], 0, 100).place(5) == 50
    assert fitting_scale([0, 0], 0, 100).place(0) == 50
    wide = fitting_scale([1, 10_000], 0, 100)
    assert wide.log
    assert not fitting_scale([0, 10_000], 0, 100).log
    assert not fitting_scale([-3, 10_000], 0, 100).log


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run the script of the report")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("batch>=2", [1, 2]),
        ("BATCH=1", [0]),
        ("batch==1.0", [0]),
        ("precision!=int8", [0, 2]),
        ("int8", [1, 3]),
        ("batch<2 precision=float32", [0]),
        ("batch<2 int8", []),
        ("p.spread>0.1", [2]),
        ("batch!=2", [0, 2]),
        ("btch>1", "there is no column 'btch'"),
    ],
)
def test_the_filter_of_the_page(query, expected, tmp_path):
    table = [["1", "float32", "0.1"], ["2", "int8", ""], ["16", "float32", "0.5"], ["", "int8", "0"]]
    program = (
        "const r = require(process.argv[2]), q = r.parseQuery(process.argv[3], ['batch', 'precision', 'p.spread']);"
        f"const t = {json.dumps(table)};"
        "console.log(JSON.stringify(q.error || t.map((_, n) => n).filter(n => r.matches(t[n], q.terms))));"
    )
    assert run_node(program, tmp_path, query) == expected


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run the script of the report")
def test_sorting_in_the_page(tmp_path):
    program = (
        "const r = require(process.argv[2]), t = [['10'], [''], ['b'], ['9'], ['A'], ['10']];"
        "console.log(JSON.stringify([r.sortedPlaces(t, 0, false), r.sortedPlaces(t, 0, true)]));"
    )
    assert run_node(program, tmp_path) == [[3, 0, 5, 4, 2, 1], [2, 4, 0, 5, 3, 1]]


def run_node(program, folder, *words):
    script = folder / "report.js"
    script.write_text(files("cm_experiment.analysis.report").joinpath("report.js").read_text())
    main = folder / "main.js"
    main.write_text(program)
    done = subprocess.run(
        ["node", main, script, *words], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def test_the_page_has_all_that_its_script_asks_for(study, report):
    script = files("cm_experiment.analysis.report").joinpath("report.js").read_text()
    page, _ = report("digits")
    there = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert set(re.findall(r'getElementById\("([a-z-]+)"\)', script)) <= there
    assert "steps" in there


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(BROWSER is None, reason="no browser to open the report in")
def test_the_page_in_a_browser(study, report, tmp_path):
    report("digits")
    actions = """
    const query = document.getElementById("query"), said = [];
    const shown = () => [...document.querySelectorAll("#steps tbody tr")].filter(row => !row.hidden);
    const dots = () => document.querySelectorAll("circle:not(.off)").length;
    const look = () => said.push([shown().length, dots(), document.getElementById("count").textContent]);
    const type = text => { query.value = text; query.dispatchEvent(new Event("input")); look(); };
    look(); type("threads=2 int8"); type("thread=2"); type("");
    document.querySelectorAll("#steps thead button")[3].click();
    said.push(shown().slice(0, 2).map(row => row.cells[0].textContent));
    document.getElementById("only-front").click(); look();
    document.querySelector("circle").dispatchEvent(new Event("pointerenter"));
    said.push(document.getElementById("tip").textContent.split("\\n")[1].split(":")[0]);
    document.body.textContent = JSON.stringify(said);
    """
    page = (tmp_path / "report.html").read_text().replace("</body>", f"<script>{actions}</script></body>")
    (tmp_path / "driven.html").write_text(page)
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--dump-dom", (tmp_path / "driven.html").as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    start, filtered, wrong, everything, order, best, tip = json.loads(
        re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)[1]
    )
    assert start == everything == [24, 72, "24 of 24 steps"]
    assert filtered == [6, 18, "6 of 24 steps"]
    assert wrong == [6, 18, "there is no column 'thread'"]
    assert order == ["32", "16"]
    assert best[0] * 3 == best[1] == 3 * int(best[2].partition(" ")[0])
    assert tip == "threads"
