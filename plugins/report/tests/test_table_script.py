import json
import shutil
import subprocess

import pytest

from cm_report.page import text_of


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
    script = folder / "table.js"
    script.write_text(text_of("table.js"), encoding="utf-8")
    main = folder / "main.js"
    main.write_text(program)
    done = subprocess.run(
        ["node", main, script, *words], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)
