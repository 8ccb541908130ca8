import json
import re
import shutil
import subprocess

import pytest

from cm_core import Request
from cm_report.charts import can_draw
from cm_report.page import text_of
from cm_report.testing import PageStructure

pytestmark = pytest.mark.skipif(not can_draw(), reason="no vl-convert-python to draw charts")

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
    assert page.charts == [
        "latency_ms over throughput",
        "accuracy over throughput",
        "accuracy over latency_ms",
    ]
    assert sorted(page.marked("data-row")) == sorted(3 * list(map(str, range(24))))
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
    rims = [
        attrs for attrs in page.all("path") if attrs.get("stroke") == "var(--ink)" and "data-row" in attrs
    ]
    assert len({attrs["data-row"] for attrs in rims}) == listed["count"]
    assert f"{listed['count']} on the Pareto front" in " ".join(page.text)


def test_the_front_is_marked_and_not_the_only_thing_there(study, report):
    page, answer = report("digits", pareto="latency_ms,accuracy", where="threads == 2")
    assert answer.data["count"] == 2
    assert len(set(page.marked("data-row"))) == 12
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
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not [value for value in page.marked("style") if value]


def test_what_is_made_for_sharing_tells_no_values_of_the_environment_and_no_folders(make_experiment, report):
    step = {
        "variables": {"n": 1},
        "metrics": {"t": 1},
        "env": {"TF_CONFIG": "secret-thing", "n": "1"},
        "system": {"python": "/home/jane/venv/bin/python3", "cpu": "Example CPU"},
    }
    make_experiment("shared", [step])
    page, _ = report("shared")
    text = " ".join(page.text)
    assert "TF_CONFIG" in text
    assert "secret-thing" not in text
    assert "jane" not in text
    assert "…/python3" in text


def test_points_are_told_apart_by_experiment_and_variables(make_experiment, study_steps, report):
    make_experiment("old", study_steps(12), objectives={"throughput": "maximize"})
    make_experiment("new", study_steps(12, seed=2), objectives={"throughput": "maximize"})
    page, _ = report("", tags="test")
    fills = {attrs["fill"] for attrs in page.all("path") if "data-row" in attrs}
    shapes = {attrs["d"] for attrs in page.all("path") if "data-row" in attrs}
    assert fills == {"var(--c1)", "var(--c2)"}
    assert len(shapes) == 2
    assert {"experiment", "precision", "old", "new"} <= set(page.text)


def test_a_best_value_that_many_steps_have_is_no_winner(study, report):
    page, _ = report("digits")
    assert "in 12 of 24 steps" in page.text
    page, _ = report("digits", where="precision == 'int8'")
    assert "in all 12 steps" in page.text


def test_a_single_objective_is_shown_over_the_variables(make_experiment, study_steps, report):
    make_experiment("one", study_steps(12), objectives={"throughput": "maximize"})
    page, _ = report("one")
    assert page.charts == ["throughput over batch", "throughput over threads"]
    assert "only-best" not in [attrs.get("id") for attrs in page.all("input")]


def test_an_objective_that_does_not_vary_has_no_chart(make_experiment, study_steps, report):
    steps = [step for step in study_steps() if step["variables"]["precision"] == "int8"]
    make_experiment("flat", steps, objectives=GOALS)
    page, _ = report("flat")
    # A single chart is drawn for desks and for phones.
    assert page.charts == 2 * ["latency_ms over throughput"]
    assert "accuracy is the same in all steps" in " ".join(page.text)


def test_without_objectives_there_is_a_table(make_experiment, report):
    make_experiment("plain", [{"metrics": {"t": 1}}, {"metrics": {"t": 2}, "state": "failed"}])
    page, _ = report("plain")
    assert page.all("svg") == []
    assert "failed" in page.text


def test_the_page_has_all_that_its_script_asks_for(study, report):
    script = text_of("table.js")
    page, _ = report("digits")
    there = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert set(re.findall(r'getElementById\("([a-z-]+)"\)', script)) <= there
    assert "rows" in there


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no browser to open the report in")
def test_the_page_in_a_browser(study, report, tmp_path):
    report("digits")
    actions = """
    const query = document.getElementById("query"), said = [];
    const shown = () => [...document.querySelectorAll("#rows tbody tr")].filter(row => !row.hidden);
    const dots = () => document.querySelectorAll("svg [data-row]:not(.off)").length;
    const look = () => said.push([shown().length, dots(), document.getElementById("count").textContent]);
    const type = text => { query.value = text; query.dispatchEvent(new Event("input")); look(); };
    look(); type("threads=2 int8"); type("thread=2"); type("");
    document.querySelectorAll("#rows thead button")[3].click();
    said.push(shown().slice(0, 2).map(row => row.cells[0].textContent));
    document.getElementById("only-best").click(); look();
    document.querySelector("svg [data-row]").dispatchEvent(new Event("pointerenter"));
    said.push(document.getElementById("tip").textContent.split("\\n")[1].split(":")[0]);
    const press = key => document.querySelector("svg").dispatchEvent(new KeyboardEvent("keydown", {key: key}));
    press("Escape"); said.push(document.getElementById("tip").hidden);
    press("ArrowRight"); said.push([document.getElementById("tip").hidden, document.querySelectorAll("svg .hot").length]);
    document.body.textContent = JSON.stringify(said);
    """
    page = (tmp_path / "report.html").read_text().replace("</body>", f"<script>{actions}</script></body>")
    page = re.sub(r'script-src [^;"]*', "script-src 'unsafe-inline'", page)
    (tmp_path / "driven.html").write_text(page)
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--dump-dom", (tmp_path / "driven.html").as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    start, filtered, wrong, everything, order, best, tip, closed, moved = json.loads(
        re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)[1]
    )
    assert start == everything == [24, 72, "24 of 24 steps"]
    assert filtered == [6, 18, "6 of 24 steps"]
    assert wrong == [6, 18, "there is no column 'thread'"]
    assert order == ["32", "16"]
    assert best[0] * 3 == best[1] == 3 * int(best[2].partition(" ")[0])
    assert tip == "threads"
    assert closed is True
    assert moved == [False, 3]  # the point in each chart
