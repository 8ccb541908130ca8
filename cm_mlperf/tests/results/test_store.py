import json
import random
import subprocess

import pytest

from cm_core import CMError, MetaError
from cm_mlperf.results.checkercsv import write_checker_csv
from cm_mlperf.results.packed import read_packed, write_packed
from cm_mlperf.results.row import ResultRow
from cm_mlperf.results.store import IMPORT_FILE, all_rows, rows_of, store_import

ORGANIZATIONS = ("Lab", "lab", "Works", "Example Inc")
SCENARIOS = (("Offline", "samples/s"), ("Server", "queries/s"), ("SingleStream", "ms"), ("MultiStream", "ms"))


def generated(count, seed=1):
    """As many different rows as wanted, as varied as those of the public results."""
    dice = random.Random(seed)
    for number in range(count):
        scenario, unit = SCENARIOS[number % 4]
        yield ResultRow(
            uid=f"{seed:x}{number:015x}",
            version=f"v{number % 6}.0",
            organization=dice.choice(ORGANIZATIONS),
            division=dice.choice(("open", "closed")),
            category=dice.choice((("edge",), ("datacenter",), ("datacenter", "edge"))),
            system=f"system {number % 700}",
            model=f"model {number % 250}",
            benchmark="resnet",
            scenario=scenario,
            unit=unit,
            result=round(dice.uniform(1, 1e6), 3),
            accuracy=round(dice.uniform(50, 99), 3),
            power=round(dice.uniform(1, 900), 3) if number % 3 else None,
            power_unit=("W" if unit.endswith("s/s") else "mJ") if number % 3 else "",
            cores_per_processor=dice.choice((4, 64, "4 (big); 4 (LITTLE)", None)),
            location=f"open/lab/results/{seed}/{number}",
            extra={"Board Name": f"board {number}"} if number % 50 == 0 else {},
        )


def test_rows_come_back_as_they_were(tmp_path):
    rows = list(generated(500))
    write_packed(tmp_path / "rows.json", rows)
    again = read_packed(tmp_path / "rows.json", "there")
    assert again == [row._replace(source="there") for row in rows]
    for before, after in zip(rows, again, strict=True):
        assert [type(value) for value in after[2:-1]] == [type(value) for value in before[2:-1]]


def test_one_and_true_are_not_mixed_up(tmp_path):
    rows = [
        ResultRow(uid=str(place), compliance=value)
        for place, value in enumerate([1, 1.0, "1", None, 1, 1.0] * 3)
    ]
    write_packed(tmp_path / "rows.json", rows)
    assert [repr(row.compliance) for row in read_packed(tmp_path / "rows.json", "")] == [
        "1",
        "1.0",
        "'1'",
        "None",
        "1",
        "1.0",
    ] * 3


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"columns": {}, "count": 1, "extra": {}}', "null"])
def test_a_damaged_file_is_an_error_with_a_way_out(tmp_path, text):
    (tmp_path / "rows.json").write_text(text, encoding="utf-8")
    with pytest.raises(MetaError, match="is damaged") as caught:
        read_packed(tmp_path / "rows.json", "")
    assert "cm rm mlperf" in caught.value.hint


def test_columns_of_another_version(tmp_path):
    file = tmp_path / "rows.json"
    write_packed(file, list(generated(3)))
    document = json.loads(file.read_text(encoding="utf-8"))
    del document["columns"]["noise"]
    document["columns"]["from_the_future"] = {"values": [1, 2, 3]}
    file.write_text(json.dumps(document), encoding="utf-8")
    assert [row.noise for row in read_packed(file, "")] == [None] * 3


def test_importing_twice_adds_nothing(cm_session):
    rows = list(generated(100))
    first = store_import(cm_session, "theirs", [*rows, *rows], "a.csv")
    assert (first.added, first.known) == (100, 0)
    before = (first.path / IMPORT_FILE).stat().st_mtime_ns
    again = store_import(cm_session, "theirs", rows, "a.csv")
    assert (again.added, again.known, again.path) == (0, 100, first.path)
    assert (first.path / IMPORT_FILE).stat().st_mtime_ns == before
    more = store_import(cm_session, "theirs", [*rows, *generated(7, seed=2)], "a.csv")
    assert (more.added, more.known) == (7, 100)
    (artifact,) = cm_session.find("mlperf", tags="imported-results")
    assert len(rows_of(artifact)) == 107
    assert artifact.meta["origin"] == "a.csv"


def test_what_another_import_has_is_not_stored_again(cm_session):
    rows = list(generated(10))
    store_import(cm_session, "first", rows, "x")
    renamed = [row._replace(uid=f"f{row.uid[1:]}") for row in rows]
    second = store_import(cm_session, "second", [*renamed, *generated(3, seed=9)], "y")
    assert (second.added, second.known) == (3, 10)
    found = cm_session.find("mlperf", tags="imported-results")
    assert len(all_rows(cm_session, found)) == 13


def test_what_a_run_has_is_not_stored_again(cm_session, add_run):
    add_run("mine")
    (artifact,) = cm_session.find("mlperf")
    rows = rows_of(artifact)
    nothing = store_import(cm_session, "again", rows, "results.json")
    assert (nothing.added, nothing.known, nothing.path) == (0, len(rows), None)
    assert [found.name for found in cm_session.find("mlperf")] == ["mine"]
    some = store_import(cm_session, "again", [*rows, *generated(2)], "results.json")
    assert (some.added, some.known) == (2, len(rows))


def test_names_are_no_paths(cm_session):
    for name in ("../evil", "a/b", ""):
        with pytest.raises(CMError):
            store_import(cm_session, name, list(generated(1)), "x")


def test_a_run_is_not_overwritten(cm_session, add_run):
    run = add_run("mine")
    with pytest.raises(CMError, match="already exists"):
        store_import(cm_session, "mine", list(generated(1)), "x")
    assert run.read().name == "mine"


def test_one_damaged_import_is_a_warning(cm_session):
    store_import(cm_session, "good", list(generated(5)), "x")
    bad = store_import(cm_session, "bad", list(generated(5, seed=2)), "x")
    (bad.path / IMPORT_FILE).write_text("{", encoding="utf-8")
    found = cm_session.find("mlperf", tags="imported-results")
    assert len(all_rows(cm_session, found)) == 5
    assert any("is damaged" in text for text in cm_session.warnings)


def test_two_imports_at_the_same_time_lose_nothing(cm_session, run_cm, tmp_path):
    workers = []
    for seed in (1, 2):
        file = tmp_path / f"{seed}.csv"
        file.write_text(write_checker_csv(generated(50, seed=seed)), encoding="utf-8")
        argv = run_cm.argv("import", "mlperf", str(file), "--name=shared")
        workers.append(subprocess.Popen(argv, env=run_cm.env, cwd=tmp_path, stdout=subprocess.DEVNULL))
    assert [worker.wait(120) for worker in workers] == [0, 0]
    (artifact,) = cm_session.find("mlperf", "shared")
    assert len(rows_of(artifact)) == 100


@pytest.mark.slow
def test_as_many_rows_as_all_public_results(cm_session):
    """48,000 rows, as many as the public repository has."""
    rows = list(generated(48_000))
    store_import(cm_session, "many", rows, "x")
    (artifact,) = cm_session.find("mlperf", "many")
    loaded = all_rows(cm_session, [artifact])
    assert len(loaded) == 48_000
    assert {row.organization for row in loaded if row.organization.lower() == "lab"} in ({"Lab"}, {"lab"})
