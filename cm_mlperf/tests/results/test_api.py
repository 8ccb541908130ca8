import csv
import io
import json

import pytest

from cm_core import NotFoundError, Request, UsageError
from cm_core.testing import contents
from cm_mlperf.results.checkercsv import COLUMNS, write_checker_csv
from cm_mlperf.results.own import rows_of_run
from cm_mlperf.results.row import ResultRow
from cm_report.testing import PageStructure


@pytest.fixture
def call(cm_session):
    def call(action, *names, **options):
        first, *others = names or ("",)
        request = Request(
            action=action, automation="mlperf", artifact=first, artifacts=tuple(others), options=options
        )
        return cm_session.call(request)

    return call


@pytest.fixture
def published(tmp_path):
    """The checker's CSV of results of others."""
    known = {"version": "v5.0", "unit": "samples/s", "scenario": "Offline", "division": "closed", "nodes": 1}
    rows = [
        ResultRow(
            organization="Lab", system="Alpha", model="resnet50", benchmark="resnet", result=100.5, **known
        ),
        ResultRow(
            organization="LAB", system="Beta", model="resnet50", benchmark="resnet", result=402, **known
        ),
        ResultRow(
            organization="Lab", system="Alpha", model="bert-99", benchmark="bert-99", result=7, **known
        ),
    ]
    file = tmp_path / "summary.csv"
    file.write_text(write_checker_csv(rows), encoding="utf-8")
    return file


def test_import_and_show(call, published):
    answer = call("import", "summary.csv")
    assert {key: answer.data[key] for key in ("name", "rows", "added", "known")} == {
        "name": "summary", "rows": 3, "added": 3, "known": 0,
    }  # fmt: skip
    assert answer.lines[0] == "summary: 3 results added, 0 already known (3 rows read)"
    again = call("import", str(published), name="other")
    assert (again.data["added"], again.data["known"]) == (0, 3)
    shown = call("show", "summary", sort="best", where="benchmark == 'resnet'")
    assert [row.system for row in shown.data["rows"]] == ["Beta", "Alpha"]
    assert shown.lines[0].split()[:3] == ["version", "organization", "system"]
    assert "402" in shown.lines[2]


def test_a_dry_run_imports_and_writes_nothing(call, published, add_run, tmp_path):
    run = add_run()
    call("import", "summary.csv")
    before = contents(tmp_path)
    line = "would add 0 results to other; 3 are already known (3 rows read)"
    assert call("import", str(published), name="other", dry_run=True).lines == (line,)
    assert call("report", run.path.name, dry_run=True).lines == (f"would write the report into {run.path}",)
    with pytest.raises(NotFoundError):
        call("import", "missing.csv", dry_run=True)
    with pytest.raises(UsageError, match="contains imported results"):
        call("report", "summary", dry_run=True)
    assert contents(tmp_path) == before


def test_own_runs_and_results_of_others_together(call, published, add_run):
    add_run()
    call("import", "summary.csv")
    answer = call("show")
    assert answer.data["count"] == 7
    assert sum(row.own for row in answer.data["rows"]) == 4
    assert answer.lines[0].split()[:3] == ["source", "level", "valid"]
    official = call("show", where="official")
    assert {row.source for row in official.data["rows"]} == {"summary"}


def test_csv_of_show_can_be_imported(call, add_run, tmp_path):
    run = add_run()
    text = "\n".join(call("show", run.path.name, format="csv").lines) + "\n"
    assert text == write_checker_csv(rows_of_run(run))
    assert text.splitlines()[0] == ",".join(COLUMNS)
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    call("rm", run.path.name, force=True)
    assert call("import", "mine.csv").data["added"] == 4


def test_the_results_file_of_a_report_can_be_imported(call, add_run, tmp_path):
    run = add_run()
    files = call("report", run.path.name, output="shared").data["files"]
    assert files[0] == tmp_path / "shared" / "report.html"
    assert all(file.is_file() for file in files)
    # As on the machine of a colleague, where the run is not.
    call("rm", run.path.name, force=True)
    answer = call("import", "shared", name="colleague")
    assert answer.data["added"] == 4
    row = call("show", "colleague", where="scenario == 'server'").data["rows"][0]
    assert (row.own, row.valid, row.level, row.source) == (False, True, "demo", "colleague")


def test_formats(call, published):
    call("import", "summary.csv")
    wanted = {"columns": "system,round(result * 2, 1)", "where": "benchmark == 'resnet'", "sort": "system"}
    table = call("show", **wanted).lines
    assert table[0].split() == ["system", "round(result", "*", "2,", "1)"]
    rows = list(csv.reader(io.StringIO("\n".join(call("show", format="csv", **wanted).lines))))
    assert rows[1:] == [["Alpha", "201.0"], ["Beta", "804"]]
    assert call("show", format="md", **wanted).lines[1:] == (
        "| --- | ---: |", "| Alpha | 201 |", "| Beta | 804 |",
    )  # fmt: skip
    document = json.loads("\n".join(call("show", format="json", **wanted).lines))
    assert [row["system"] for row in document] == ["Alpha", "Beta"]
    full = json.loads("\n".join(call("show", format="json").lines))
    assert {row["organization"] for row in full} == {"Lab"}


def test_a_table_is_limited_and_says_so(call, published):
    call("import", "summary.csv")
    assert "… 2 more" in call("show", limit="1").lines[-1]
    assert len(call("show", limit=0).lines) == 5
    with pytest.raises(UsageError, match="--limit=many must be a whole number, at least 0"):
        call("show", limit="many")
    assert call("show", where="result > 1e9").lines == ("no results",)


def test_compare_and_trend_and_pareto(call, published, add_run):
    call("import", "summary.csv")
    answer = call("show", "summary", compare="system")
    (comparison,) = answer.data["comparisons"]
    assert (answer.data["compared"], comparison.ratio.value) == (["Alpha", "Beta"], 4)
    assert "Beta is better" in answer.lines[2]
    assert (
        json.loads("\n".join(call("show", compare="system", format="json").lines))[0]["verdict"] == "better"
    )
    trend = call("show", "summary", trend=True)
    assert [entry.benchmark for entry in trend.data["trends"]] == ["bert-99", "resnet"]
    assert trend.lines[0].split() == ["benchmark", "scenario", "unit", "v5.0"]
    best = call("show", "summary", pareto="result,len(system):min")
    assert [row.system for row in best.data["rows"]] == ["Beta"]


def test_two_runs_beside_each_other(call, add_run):
    add_run("first")
    add_run("second")
    answer = call("show", "first", "second", compare=True)
    assert answer.data["compared"] == ["first", "second"]
    assert [one.ratio.value for one in answer.data["comparisons"]] == [1] * 4
    assert all(line.endswith("second is same") for line in answer.lines[2:6])


def test_short_runs_are_marked_wherever_they_are_shown(call, published, add_run, tmp_path):
    call("import", "summary.csv")
    assert "NON-OFFICIAL" not in "\n".join(call("show").lines)
    add_run("first")
    add_run("second")
    for options in ({}, {"format": "md"}, {"trend": True}, {"format": "csv"}):
        assert "NON-OFFICIAL" in "\n".join(call("show", **options).lines)
    assert call("show", "first", "second", compare=True).lines[-1].startswith("NON-OFFICIAL")
    (tmp_path / "mine.csv").write_text("\n".join(call("show", "first", format="csv").lines), encoding="utf-8")
    assert call("import", "mine.csv").lines == ("mine: 0 results added, 4 already known (4 rows read)",)
    call("rm", "first", force=True)
    call("import", "mine.csv")
    assert call("show", "mine", where="official").data["count"] == 0
    found = call("find")
    assert "imported results:" in found.lines
    assert found.lines[found.lines.index("recorded runs:") + 1].split()[0] == "second"


def test_prices_and_own_columns(call, published, tmp_path):
    call("import", "summary.csv")
    (tmp_path / "prices.csv").write_text("system,price\nbeta,201\n", encoding="utf-8")
    answer = call(
        "show", prices="prices.csv", derive={"twice": "2 * per_dollar"}, where="twice > 0", columns="twice"
    )
    assert answer.lines[2].strip() == "4"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"where": "acuracy > 5"}, "no column 'acuracy'"),
        ({"where": "result = 5"}, "cannot read"),
        ({"where": "__import__('os')"}, "no such function"),
        ({"sort": "nothing"}, "no column 'nothing'"),
        ({"columns": "nothing"}, "no column 'nothing'"),
        ({"pareto": "result"}, "needs two objectives"),
        ({"format": "pdf"}, "--format cannot be 'pdf'"),
        ({"where": True}, "--where needs a value"),
        ({"prices": "none.csv"}, "there is no file"),
        ({"derive": {"x": "y"}}, "no column 'y'"),
        ({"compare": True}, "needs two values of 'source'"),
    ],
)
def test_what_cannot_be_shown(call, published, options, message):
    call("import", "summary.csv")
    with pytest.raises((UsageError, NotFoundError), match=message):
        call("show", **options)


def test_nothing_there_yet(call):
    with pytest.raises(NotFoundError, match="no results yet") as caught:
        call("show")
    assert "cm import mlperf" in caught.value.hint
    with pytest.raises(NotFoundError, match="no mlperf matches 'nope'"):
        call("show", "nope")
    with pytest.raises(NotFoundError):
        call("report", "nope")
    with pytest.raises(UsageError, match="one file or folder"):
        call("import")


def test_a_report_is_about_a_run(call, published):
    call("import", "summary.csv")
    with pytest.raises(UsageError, match="contains imported results") as caught:
        call("report", "summary")
    assert caught.value.hint == "see them with: cm show mlperf summary"


def test_the_command_line_points_at_the_place(run_cm, published):
    assert run_cm("import", "mlperf", "summary.csv").status == 0
    done = run_cm("show", "mlperf", "--where=result > 5 and sistem == 'x'")
    assert done.status == 1
    _, shown, pointer, hint = done.stderr.splitlines()[-4:]
    assert shown[pointer.index("^") :].startswith("sistem")
    assert hint.startswith("hint: did you mean 'system'")
    answer = run_cm("show", "mlperf", "summary", "--where=result > 50", "--json").json()
    assert (answer["count"], answer["rows"][0]["system"]) == (2, "Alpha")


def test_what_is_shown_goes_into_files_too(call, published, add_run, tmp_path):
    add_run()
    call("import", "summary.csv")
    names = "all.csv,all.json,all.md,all.html"
    answer = call("show", where="scenario == 'Offline'", export=names)
    assert answer.data["files"] == [tmp_path / name for name in names.split(",")]
    assert answer.lines[-4:] == tuple(f"wrote {tmp_path / name}" for name in names.split(","))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text(encoding="utf-8"))))
    assert len(rows) == answer.data["count"] == 4
    # All columns that say something, and not only those of the terminal.
    assert rows[0].keys() >= {"organization", "result", "throughput", "framework"}
    documents = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [one["system"] for one in documents] == [row["system"] for row in rows]
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert "MLPerf results" in page
    assert "NON-OFFICIAL" in page or "not MLPerf results" in page or "no MLPerf results" in page
    # On a page one sees the first columns only, so they are those of the terminal.
    (table,) = PageStructure(page).tables
    assert table[0][:3] == ["source", "level", "valid"]
    assert table[0].index("result") < table[0].index("uid")
    assert "scenario=Offline" in PageStructure(page).text


def test_comparisons_and_trends_are_exported_as_they_are_shown(call, published, tmp_path):
    call("import", "summary.csv")
    call("show", compare="system", export="pairs.csv")
    pairs = list(csv.DictReader(io.StringIO((tmp_path / "pairs.csv").read_text(encoding="utf-8"))))
    assert [(pair["benchmark"], pair["verdict"]) for pair in pairs] == [("resnet", "Beta is better")]
    call("show", trend=True, export="rounds.md")
    assert "| resnet | Offline | samples/s | 402 |" in (tmp_path / "rounds.md").read_text(encoding="utf-8")


def test_a_file_of_no_known_form_is_refused_before_anything_is_written(call, published, tmp_path):
    call("import", "summary.csv")
    with pytest.raises(UsageError, match=r"all\.xlsx"):
        call("show", export="all.csv,all.xlsx")
    assert not (tmp_path / "all.csv").exists()


def test_groups_of_results(call, published):
    call("import", "summary.csv")
    answer = call("show", by="system", best="result", where="benchmark == 'resnet'", columns="organization")
    assert answer.lines[0].split() == ["system", "result", "organization"]
    assert answer.data["groups"][0] == {"system": "Beta", "result": 402, "organization": "Lab"}
    counts = call("show", by="benchmark", count="rows", export="counts.html")
    assert [group["count"] for group in counts.data["groups"]] == [2, 1]
    for other in ({"trend": True}, {"compare": "system"}, {"pareto": "result,accuracy"}):
        with pytest.raises(UsageError, match="shows results and no groups"):
            call("show", by="system", **other)
