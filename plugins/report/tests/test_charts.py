import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from cm_report.changes import change_charts
from cm_report.charts import MISSING, NARROW, Chart, Scale, axes_note, can_draw, figures, fitting_scale, svg
from cm_report.compare import compare_samples
from cm_report.drawing import embedded
from cm_report.grid import Columns, Grid
from cm_report.rowspage import legend_for, told_apart
from cm_report.scatter import Direction, Legend, Point, scatter
from cm_report.testing import PageStructure

draws = pytest.mark.skipif(not can_draw(), reason="no vl-convert-python to draw charts")
SVG = "{http://www.w3.org/2000/svg}"
LESS, MORE = Direction(name="a<b", lower=True), Direction(name="y", lower=False)


def drawn(chart, width=NARROW):
    return ET.fromstring(svg(chart, "chart", width))


def marks(root):
    return [node for node in root.iter() if "data-row" in node.attrib]


@draws
def test_a_chart_is_named_and_has_its_marks_tied_to_rows():
    points = [Point(x=10.0**n, y=-5.0 * n, row=n, text=f"n={n} & more", front=n == 2) for n in range(6)]
    root = drawn(scatter(points, LESS, MORE, Legend()))
    assert root.attrib["role"] == "img"
    title, words = root[0], root[1]
    assert (title.text, title.attrib["id"]) == ("y over a<b", "chart-title")
    assert words.text.startswith("y over a<b: 6 rows, 1 on the Pareto front. a<b from 1 to 1e+05.")
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], words.attrib["id"]]
    assert [node.attrib["data-row"] for node in marks(root)] == ["0", "1", "3", "4", "5", "2"]
    assert marks(root)[-1].find(f"{SVG}title").text == "n=2 & more"
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert {"← a<b", "y →"} <= set(texts)


@draws
def test_nothing_in_a_drawing_needs_more_than_the_page():
    points = [Point(x=n, y=n * n, row=n, text="", colour=str(n % 2)) for n in range(9)]
    legend = Legend(colour="parity", colours=("0", "1"))
    text = svg(scatter(points, Direction(name="n"), MORE, legend), "chart", NARROW)
    assert "style=" not in text
    assert "href" not in text
    colours = {node.attrib.get("fill") for node in ET.fromstring(text).iter()} - {None, "none"}
    assert {"var(--c1)", "var(--c2)"} <= colours
    assert all(colour.startswith("var(") for colour in colours)


@draws
def test_what_is_defined_in_a_drawing_has_names_of_its_own_that_are_always_the_same():
    values = {"values": [{"x": 1}]}
    spec = {
        "data": values,
        "mark": {"type": "point", "clip": True},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }
    chart = Chart(title="t", in_words="w", spec=spec)
    first = svg(chart, "one", NARROW)
    assert 'clip-path="url(#one-0)"' in first
    assert 'id="one-0"' in first
    assert svg(chart, "one", NARROW) == first


@draws
def test_no_label_is_cut_even_in_a_wide_font():
    points = [Point(x=n, y=10.0**8 * (1 + n), row=n, text="") for n in range(5)]
    root = drawn(scatter(points, Direction(name="n"), MORE, Legend()))
    left = float(root.attrib["viewBox"].split()[0])
    longest = max((node.text for node in root.iter(f"{SVG}text")), key=len)
    assert longest.endswith("00,000,000")
    root_of_axis = float(root.find(f"{SVG}g").attrib["transform"].partition("(")[2].partition(",")[0])
    assert root_of_axis - 7 - left >= len(longest) * 12 * 0.62


def test_room_is_made_at_every_side():
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><g transform="translate(10,0)">'
        '<text text-anchor="end" font-size="10px" transform="translate(5,5)">12345</text>'
        '<text text-anchor="start" font-size="10px" transform="translate(85,5)">12345</text></g></svg>'
    )
    root = ET.fromstring(embedded(drawing, "x", "t", "d"))
    assert [float(part) for part in root.attrib["viewBox"].split()] == pytest.approx([-16, 0, 142, 50])


@draws
def test_more_points_than_can_be_told_apart_are_counted_and_it_is_said():
    points = [Point(x=n % 97, y=n % 89, row=n, text="", front=n == 0) for n in range(2001)]
    chart = scatter(points, LESS, MORE, Legend(), rows="steps")
    assert chart.note.startswith("2,001 steps are counted per cell")
    root = drawn(chart)
    assert [node.attrib["data-row"] for node in marks(root)] == ["0"]
    titles = [node.text for node in root.iter(f"{SVG}title") if node.text]
    assert sum(int(text.split()[0]) for text in titles if text.endswith(" steps")) == 2001
    assert "counted" not in scatter(points[:2000], LESS, MORE, Legend()).note


@draws
def test_the_line_of_the_front_joins_the_best_of_two_axes():
    places = [(1, 1), (2, 3), (3, 2), (4, 5)]
    points = [Point(x=x, y=y, row=row, text="") for row, (x, y) in enumerate(places)]
    layers = scatter(points, LESS, MORE, Legend()).spec["layer"]
    (line,) = [layer for layer in layers if layer["mark"]["type"] == "line"]
    assert [(value["x"], value["y"]) for value in line["data"]["values"]] == [(1, 1), (2, 3), (4, 5)]


def test_axes_fit_all_values_and_say_what_is_unusual():
    assert fitting_scale("x", [5, 5]) == Scale(title="x", log=False, zero=False)
    assert fitting_scale("x", [1, 10_000]).log
    assert fitting_scale("x", [1, 2, 4, 32]).base == 2
    assert fitting_scale("x", [1, 3, 32]).base == 10
    assert fitting_scale("x", [2, 10]).zero
    assert not fitting_scale("x", [0, 10_000]).log
    assert not fitting_scale("x", [-3, 10_000]).log
    scales = {
        "a": fitting_scale("a →", [1, 100]),
        "b": fitting_scale("b", [9, 10]),
        "c": fitting_scale("c", [0, 1]),
    }
    assert axes_note(scales) == "a logarithmic; b not from 0"


def test_colour_and_shape_stand_for_columns_with_few_values():
    rows = [(n % 7, n % 2, "ab"[n % 2], n % 3, "same") for n in range(42)]
    columns = Columns({name: (lambda row, n=n: row[n]) for n, name in enumerate("abcde")})
    legend = legend_for(columns, rows, "abcde")
    assert (legend.colour, legend.colours, legend.shape, legend.shapes) == ("b", ("0", "1"), "c", ("a", "b"))
    assert legend_for(columns, rows, "ae") == Legend()


def test_values_of_any_kind_are_told_apart_and_rows_without_one_come_last():
    rows = [(None, "b"), (("x", "y"), 10), (["l"], 9), (2, ""), (10, True)]
    columns = Columns({name: (lambda row, n=n: row[n]) for n, name in enumerate("ab")})
    legend = legend_for(columns, rows, "ab")
    assert legend.colours == ("2", "10", "['l']", "x,y", "none")
    assert legend.shapes == ("yes", "9", "10", "b", "none")
    apart = told_apart(columns, legend)
    assert [apart(row) for row in rows[:2]] == [
        {"colour": "none", "shape": "b"},
        {"colour": "x,y", "shape": "10"},
    ]


@draws
def test_a_point_without_a_value_has_a_look_of_its_own():
    points = [
        Point(x=place, y=place, row=place, text="", colour=value, shape=value)
        for place, value in enumerate(("a", "b", "none"))
    ]
    entries = ("a", "b", "none")
    legend = Legend(colour="k", colours=entries, shape="k", shapes=entries)
    found = marks(drawn(scatter(points, LESS, MORE, legend)))
    assert [node.attrib["fill"] for node in found] == ["var(--c1)", "var(--c2)", "var(--muted)"]
    assert len({node.attrib["d"] for node in found}) == 3


def comparisons(count, lower=True):
    return [
        compare_samples({"n": n, "same": 1}, "t", [[10.0, 10.1], [10.0 + n, 10.1 + n]], lower=lower)
        for n in range(count)
    ]


@draws
def test_changes_with_their_intervals():
    (chart,) = change_charts(comparisons(3))
    assert chart.in_words.startswith("Change of t: n=0: 0 % (-3.")
    assert "n=2: 19.9 %" in chart.in_words
    texts = [node.text for node in drawn(chart).iter(f"{SVG}text")]
    assert {"n=0", "n=1", "n=2", "worse", "no more than noise"} <= set(texts)
    (chart,) = change_charts(comparisons(60, lower=None))
    assert chart.note == "60 configurations from 0 % to 587.1 %, counted"
    drawn(chart)


CHART = Chart(title="t", in_words="w", spec={}, table=Grid(header=("a",), rows=[(1,)]))


def test_without_the_package_there_are_tables_and_one_line(tmp_path):
    program = (
        "import sys; sys.modules['vl_convert'] = None\n"
        "from cm_report.charts import Chart, figures\nfrom cm_report.grid import Grid\n"
        f"print(figures([{CHART!r}], 'x'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    page = PageStructure(done.stdout)
    assert page.tables == [[["a"], ["1"]]]
    assert MISSING in page.text
    assert not page.charts


def test_no_charts_are_nothing():
    assert figures([], "x") == ""
