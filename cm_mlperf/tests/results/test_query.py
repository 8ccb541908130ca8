import pytest

from cm_core import MetaError, NotFoundError, UsageError
from cm_mlperf.results.columns import ResultColumns, read_prices
from cm_mlperf.results.compare import better, compare, natural
from cm_mlperf.results.row import ResultRow
from cm_mlperf.results.show import comparison_grid
from cm_mlperf.results.trend import trends, unit_changes
from cm_report.arithmetic import ExpressionError
from cm_report.compare import BETTER, SAME, WORSE
from cm_report.query import filtered, front_axes, ordered, pareto


def row(uid, result, power=None, **more):
    known = {"scenario": "Offline", "unit": "samples/s", "model": "m", "benchmark": "resnet", **more}
    return ResultRow(uid=uid, result=result, power=power, power_unit="W" if power else "", **known)


ROWS = [
    row("a", 100, 10, system="Alpha", accuracy=76.1, version="v3.0", category=("datacenter", "edge")),
    row("b", 300, 50, system="Beta", accuracy=75.0, version="v3.1", category=("edge",)),
    row("c", 200, 60, system="Gamma 8xH100", accuracy=None, version="v10.0", category=("datacenter",)),
    row("d", None, None, system="alpha", accuracy=76.2, extra={"Board Name": "B1"}),
    row("e", 100, 20, system="Delta", accuracy=70, version="v3.1"),
]
COLUMNS = ResultColumns(ROWS)


def front(rows, *texts):
    return uids(pareto(rows, front_axes(COLUMNS, rows, texts)))


def uids(rows):
    return "".join(one.uid for one in rows)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("accuracy > 75", "ad"),
        ('system == "ALPHA"', "ad"),
        ("category == 'edge'", "ab"),
        ("category == 'datacenter' and result >= 200", "c"),
        ("result == None", "d"),
        ("samples_per_joule > 5", "ab"),
        ("throughput / power > 5", "ab"),
        ('column("Board Name") == "b1"', "d"),
        ('like(system, "*h100*")', "c"),
        ("official and power", "abce"),
    ],
)
def test_filter(where, expected):
    assert uids(filtered(COLUMNS, ROWS, where)) == expected


def test_unknown_columns_and_private_names_are_refused():
    for where in ("acuracy > 1", "extra == None", "_fields", "result.__class__ == 1", "row.uid == 1"):
        with pytest.raises(ExpressionError, match="there is no column"):
            filtered(COLUMNS, ROWS, where)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["result"], "aecbd"),
        (["-result"], "bcaed"),
        (["-accuracy", "uid"], "dabec"),
        (["system"], "adbec"),
        (["result / power"], "cebad"),
        (["best"], "bcaed"),
    ],
)
def test_order(keys, expected):
    assert uids(ordered(COLUMNS, ROWS, keys)) == expected


def test_the_best_latency_is_the_smallest():
    rows = [row("x", 5, unit="ms"), row("y", 3, unit="ms"), row("z", 9)]
    assert uids(ordered(COLUMNS, rows, ["best"])) == "yxz"


def test_pareto_knows_the_directions():
    assert front(ROWS, "result", "power") == "ba"
    assert front(ROWS, "result:min", "power") == "a"
    assert front(ROWS, "result", "power:max") == "bc"
    assert front(ROWS, "result", "accuracy") == "ba"
    twins = [row("x", 5, 5), row("y", 5, 5), row("z", 5, 6)]
    assert front(twins, "result", "power") == "xy"
    assert front(ROWS, "result", "power", "accuracy") == "ba"
    assert front(ROWS, "power", "accuracy", "result") == "ab"
    slow = [row("x", 5, unit="ms", accuracy=70), row("y", 3, unit="ms", accuracy=60)]
    assert front(slow, "result", "accuracy") == "yx"
    assert front([], "result", "power") == ""


def test_pareto_refuses_what_has_no_meaning():
    with pytest.raises(UsageError, match="two objectives or more"):
        front(ROWS, "result")
    with pytest.raises(UsageError, match="different units cannot be compared: ms, samples/s") as caught:
        front([*ROWS, row("x", 1, unit="ms")], "result", "power")
    assert "throughput" in caught.value.hint


def test_derived_columns_build_on_each_other():
    columns = ResultColumns(ROWS, derived={"half": "result / 2", "quarter": "half / 2"})
    assert [columns.expression("quarter")(one) for one in ROWS] == [25, 75, 50, None, 25]
    with pytest.raises(UsageError, match="there is already a column 'result'"):
        ResultColumns(ROWS, derived={"result": "1"})
    with pytest.raises(ExpressionError, match="no column 'later'"):
        ResultColumns(ROWS, derived={"now": "later + 1", "later": "1"})


def test_prices(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text("system,price\nAlpha,50\n*H100*,1000\n", encoding="utf-8")
    columns = ResultColumns(ROWS, prices=read_prices(file))
    assert [columns.expression("price")(one) for one in ROWS] == [50, None, 1000, 50, None]
    assert [columns.expression("per_dollar")(one) for one in ROWS] == [2, None, 0.2, None, None]
    for text in ("system,price\nAlpha,free\n", "system,price\nAlpha,0\n", "name,price\nAlpha,1\n"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(MetaError, match="line 2: a system and a positive price"):
            read_prices(file)
    with pytest.raises(NotFoundError):
        read_prices(tmp_path / "none.csv")


def test_ratios_are_above_one_for_the_better_side():
    fast, slow = row("x", 200), row("y", 100)
    assert (better(slow, fast), better(fast, slow)) == (2, 0.5)
    short, long = row("x", 2, unit="ms"), row("y", 8, unit="ms")
    assert (better(long, short), better(short, long)) == (4, 0.25)
    assert better(row("x", 1, unit="furlongs"), row("y", 2, unit="furlongs")) is None
    assert better(row("x", 0), fast) is None


def test_compare_the_best_of_either_side():
    rows = [
        row("a", 100, source="one", accuracy=70.0),
        row("b", 150, source="one", accuracy=71.0),
        row("c", 300, source="two", accuracy=70.5),
        row("d", 4, source="one", scenario="SingleStream", unit="ms"),
        row("e", 5, source="two", scenario="SingleStream", unit="ms"),
        row("f", 5, source="two", scenario="Server", unit="queries/s"),
    ]
    names, (offline, stream) = compare(rows, COLUMNS, "source")
    assert names == ["one", "two"]
    assert (offline.first.uid, offline.ratio.value, offline.accuracy, offline.ratio.verdict) == (
        "b",
        2,
        -0.5,
        BETTER,
    )
    assert (stream.ratio.value, stream.ratio.verdict) == (0.8, WORSE)


def test_a_difference_within_noise_is_none():
    for second, verdict in ((104, SAME), (97, SAME), (110, BETTER), (80, WORSE)):
        rows = [row("a", 100, source="one", noise=0.02), row("b", second, source="two", noise=0.02)]
        _, (one,) = compare(rows, COLUMNS, "source")
        assert one.ratio.noise == pytest.approx(0.02 * 2**0.5)
        assert one.ratio.verdict == verdict


def test_a_result_of_nothing_is_not_compared():
    for first, second in ((0, 100), (100, 0), (0, 0)):
        _, (one,) = compare(
            [row("a", first, source="one"), row("b", second, source="two")], COLUMNS, "source"
        )
        assert (one.to_json()["ratio"], one.to_json()["verdict"]) == (None, "not comparable")
        grid = comparison_grid(("one", "two"), [one])
        assert "two is not comparable" in grid.rows[0]


def test_compare_needs_two_with_something_in_common():
    with pytest.raises(UsageError, match=r"have 4: Alpha, Beta, Gamma 8xH100, Delta"):
        compare(ROWS, COLUMNS, "system")
    with pytest.raises(UsageError, match="have 0: none"):
        compare([], COLUMNS, "system")
    rows = [row("a", 1, source="one"), row("b", 1, source="two", unit="ms")]
    with pytest.raises(UsageError, match="no benchmark, scenario and unit in common"):
        compare(rows, COLUMNS, "source")


def test_trends_go_from_round_to_round():
    rows = [
        row("a", 100, version="v2.1"), row("b", 120, version="v2.1"), row("c", 240, version="v3.0"),
        row("d", 60, version="v10.0"), row("e", 999, version="v3.0", valid=False), row("f", None, version="v4"),
    ]  # fmt: skip
    (trend,) = trends(rows)
    assert {version: one.uid for version, one in trend.best.items()} == {
        "v2.1": "b",
        "v3.0": "c",
        "v10.0": "d",
    }
    assert {version: step and step.ratio for version, step in trend.steps().items()} == {
        "v2.1": None, "v3.0": 2, "v10.0": 0.25,
    }  # fmt: skip
    assert trend.to_json()["rounds"]["v3.0"]["ratio"] == 2
    assert sorted(["v10.0", "v2.1", "v3.0", ""], key=natural) == ["", "v2.1", "v3.0", "v10.0"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"accelerators_per_node": 8}, {"accelerators_per_node": 8}, "2.61x"),
        (
            {"accelerators_per_node": 8},
            {"accelerators_per_node": 8, "nodes": 4},
            "0.65x each, 8 to 32 accelerators",
        ),
        ({"accelerators_per_node": 1}, {"processors_per_node": 2, "cores_per_processor": 8},
         "2.61x, 1 accelerator to 16 cores"),
        ({"accelerators_per_node": 8}, {"accelerator": "GPU"}, "2.61x, 8 accelerators to unknown size"),
        ({}, {}, "2.61x"),
        (
            {"accelerators_per_node": 2, "unit": "ms", "result": 261},
            {"accelerators_per_node": 1, "unit": "ms", "result": 100},
            "2.61x, 2 to 1 accelerator",
        ),
    ],
)  # fmt: skip
def test_a_trend_says_which_sizes_it_compares(before, after, words):
    rows = [
        row("a", version="v4.0", **{"result": 100, "nodes": 1, **before}),
        row("b", version="v4.1", **{"result": 261, "nodes": 1, **after}),
    ]
    (trend,) = trends(rows)
    assert trend.cells(["v4.0", "v4.1"])[1].partition("(")[2] == f"{words})"


def test_a_trend_refuses_to_divide_across_units():
    rows = [
        row("a", 200, version="v3.1"), row("b", 243, version="v4.0"),
        row("c", 20552, version="v4.1", unit="tokens/s"), row("d", 5, version="v4.1", scenario="Server"),
    ]  # fmt: skip
    found = trends(rows)
    assert [(trend.unit, trend.cells(["v4.1"])) for trend in found] == [
        ("samples/s", [""]), ("tokens/s", ["20,552"]), ("samples/s", ["5"]),
    ]  # fmt: skip
    assert list(unit_changes(found)) == [
        "resnet, Offline: different units are not compared: samples/s (v3.1, v4.0), tokens/s (v4.1)"
    ]
