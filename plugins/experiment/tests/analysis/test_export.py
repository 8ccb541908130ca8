import csv
import io
import json
import subprocess
import sys

import pytest

from cm_core import CMError, Request, UsageError


@pytest.fixture
def export(cm_session):
    def call(files, **options):
        return cm_session.call(
            Request(
                action="show",
                automation="experiment",
                artifact="digits",
                options={"export": files, **options},
            )
        )

    return call


@pytest.fixture(autouse=True)
def study(make_experiment, study_steps):
    steps = study_steps(6)
    steps[2]["metrics"]["note"] = 'a "quoted", text\nof | two lines'
    steps[3]["metrics"]["accuracy"] = float("nan")
    return make_experiment("digits", steps, objectives={"throughput": "maximize"})


def test_csv_has_numbers_in_full(export, tmp_path):
    answer = export("all.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text())))
    assert len(rows) == 6
    expected = answer.data["rows"]
    assert [float(row["throughput"]) for row in rows] == [row["throughput"] for row in expected]
    assert rows[2]["note"] == 'a "quoted", text\nof | two lines'
    assert rows[0]["note"] == ""
    assert answer.data["files"] == [tmp_path / "all.csv"]
    assert answer.lines[-1] == f"wrote {tmp_path / 'all.csv'}"


def test_json_and_markdown(export, tmp_path):
    answer = export("all.json,all.md")
    rows = json.loads((tmp_path / "all.json").read_text())
    assert rows == answer.data["rows"]
    assert "accuracy" not in rows[3]
    lines = (tmp_path / "all.md").read_text().splitlines()
    assert len(lines) == 8
    assert lines[0].startswith("| batch | threads | precision |")


def test_only_what_was_chosen_is_written(export, tmp_path):
    export("few.csv", where="precision == 'int8'", sort="-throughput", limit="2", columns="batch,throughput")
    lines = (tmp_path / "few.csv").read_text().splitlines()
    assert lines[0] == "batch,throughput"
    assert len(lines) == 3


def test_parquet(export, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    answer = export("all.parquet")
    table = parquet.read_table(tmp_path / "all.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["batch"], types["throughput"], types["precision"]) == ("int64", "double", "string")
    found = table.to_pylist()
    assert [row["throughput"] for row in found] == [row["throughput"] for row in answer.data["rows"]]
    assert found[0]["note"] is None
    assert [path.name for path in tmp_path.glob("*.parquet*")] == ["all.parquet"]


def test_parquet_without_its_package_says_what_to_install(run_cm, tmp_path):
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from cm_core.cli import main; sys.argv[0] = 'cm'; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "show", "experiment", "digits", "--export=x.parquet"],
        cwd=tmp_path, env=dict(run_cm.env), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Parquet files need the package pyarrow" in done.stderr
    assert "cm-report[parquet]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["x.xlsx", "noending", "x.csv,y.doc"])
def test_an_unknown_ending(export, tmp_path, name):
    with pytest.raises(UsageError, match="is unknown") as caught:
        export(name)
    assert ".parquet" in caught.value.hint
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_folder_that_does_not_exist(export, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    with pytest.raises(CMError, match=r"cannot write .*nowhere"):
        export(f"nowhere/x.{ending}")


def test_no_step_is_a_table_with_a_head(export, tmp_path):
    files = ["none.csv", "none.json", "none.md", "none.html"]
    answer = export(",".join(files), where="batch > 1000")
    assert answer.lines[:2] == ("no steps", "0 of 6 steps")
    assert (tmp_path / "none.csv").read_text().startswith("batch,threads,precision,throughput,")
    assert json.loads((tmp_path / "none.json").read_text()) == []
    assert "0 steps" in (tmp_path / "none.html").read_text()
