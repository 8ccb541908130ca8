"""Groups of results: nothing is ordered or divided across benchmarks and units, and sizes are told."""

import pytest

from cm_core import MetaError, UsageError
from cm_mlperf.results.columns import ResultColumns, read_prices
from cm_mlperf.results.row import ResultRow
from cm_report.grouping import Grouping, group_rows


def row(result, scenario="Offline", unit="tokens/s", **more):
    known = {"benchmark": "llama2-70b-99", "nodes": 1, "accelerators_per_node": 8, "system": "Box", **more}
    return ResultRow(result=result, scenario=scenario, unit=unit, **known)


def table(rows, prices=None, **asked):
    found = group_rows(ResultColumns(rows, prices=prices), rows, Grouping(**asked))
    return [found.grid.header, *map(tuple, found.grid.rows)], found.remarks


def test_the_best_per_accelerator():
    rows = [
        row(800, accelerator="A", system="Small"),
        row(1600, accelerator="A", system="Large", nodes=4),
        row(900, accelerator="B", accelerators_per_node=4),
    ]
    found, _ = table(rows, by=("accelerator",), best="per_accelerator", count="rows", columns=("system",))
    assert found == [
        ("accelerator", "per_accelerator", "count", "system"), ("B", 225, 1, "Box"), ("A", 100, 2, "Small"),
    ]  # fmt: skip


def test_server_against_offline_of_one_system():
    rows = [
        row(200, unit="samples/s", benchmark="resnet"),
        row(150, "Server", "queries/s", benchmark="resnet"),
    ]
    asked = {"by": ("system",), "pivot": "scenario", "ratio": "Server/Offline"}
    assert table(rows, best="throughput", **asked)[0][1] == ("Box", 200, 150, 0.75)
    found, remarks = table(rows, best="result", **asked)
    assert found[1] == ("Box", 200, 150, None)
    assert remarks == ("Server/Offline is left out in 1 row: different units: queries/s, samples/s",)


def test_a_system_over_the_rounds():
    rows = [
        row(100, version="v4.1"), row(150, version="v5.1", nodes=2),
        row(7, version="v4.1", system="Other"), row(21, version="v5.1", system="Other"),
    ]  # fmt: skip
    asked = {"by": ("system",), "pivot": "version", "ratio": "v5.1/v4.1"}
    assert table(rows, best="result", **asked)[0] == [
        ("system", "v4.1", "v5.1", "v5.1/v4.1", "change"),
        ("Other", 7, 21, 3, ""),
        ("Box", 100, 150, 1.5, "8 to 16 accelerators"),
    ]
    assert table(rows, best="per_accelerator", **asked)[0][0] == ("system", "v4.1", "v5.1", "v5.1/v4.1")


def test_rounds_in_other_units_are_not_divided():
    rows = [row(243, unit="samples/s", version="v4.0"), row(20552, version="v4.1")]
    asked = {"by": ("benchmark",), "pivot": "version", "ratio": "v4.1/v4.0"}
    for best in ("result", "per_accelerator"):
        found, remarks = table(rows, best=best, **asked)
        assert found[1][-1] is None
        assert "different units: samples/s, tokens/s" in remarks[0]


@pytest.mark.parametrize("best", ["result", "throughput", "per_watt", "throughput / cores:max"])
def test_results_of_different_benchmarks_are_not_ordered(best):
    rows = [
        row(1, power=5, power_unit="W", processors_per_node=1, cores_per_processor=2, benchmark=name)
        for name in ("a", "b", "c", "d")
    ]
    with pytest.raises(UsageError, match="different benchmarks: a, b, c, …"):
        table(rows, by=("system",), best=best)
    assert len(table(rows, by=("benchmark",), best=best)[0]) == 5


def test_power_and_energy_are_not_ordered():
    rows = [row(1, power=5, power_unit="W"), row(2, power=5, power_unit="mJ")]
    with pytest.raises(UsageError, match="different units: W, mJ"):
        table(rows, best="power")


def test_for_each_node_and_watt():
    one = row(1600, nodes=4, power=100, power_unit="W")
    assert (one.per_node, one.per_watt) == (400, 16)
    assert one._replace(power_unit="mJ").per_watt is None
    assert one._replace(nodes=None).per_node is None


def test_dollars(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text("system,price,per_hour\nBox,2000,36\nC*,,10\nD,5,\n", encoding="utf-8")
    prices = read_prices(file)
    rows = [row(1000), row(500, system="Cup"), row(10, system="D")]
    columns = ResultColumns(rows, prices=prices)
    names = ("price", "per_dollar", "price_per_hour", "per_dollar_hour", "dollars_per_million")
    assert [tuple(line) for line in columns.grid(rows, names).rows] == [
        (2000, 0.5, 36, 100_000, 10),
        (None, None, 10, 180_000, pytest.approx(5.556, rel=1e-3)),
        (5, 2, None, None, None),
    ]
    found, _ = table(rows, prices, by=("system",), best="dollars_per_million")
    assert [line[0] for line in found[1:]] == ["Cup", "Box", "D"]


@pytest.mark.parametrize("line", ["Box,0,", "Box,,", ",5,", "Box,5,x", "Box,,-1"])
def test_prices_that_are_none(tmp_path, line):
    file = tmp_path / "prices.csv"
    file.write_text(f"system,price,per_hour\n{line}\n", encoding="utf-8")
    with pytest.raises(MetaError, match="line 2: a system and a positive price are needed"):
        read_prices(file)
