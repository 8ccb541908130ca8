from xml.etree import ElementTree as ET

from cm_report.axes import Plot, Scale, label


def test_places_and_ticks():
    scale = Scale(low=0, high=103, start=0, end=206)
    assert scale.ticks() == [0, 50, 100]
    assert [scale.place(value) for value in (-5, 0, 50, 500)] == [0, 0, 100, 206]


def test_a_logarithmic_axis_marks_round_values():
    scale = Scale(low=1, high=1000, start=0, end=300, log=True)
    assert [scale.place(value) for value in (1, 10, 100, 1000)] == [0, 100, 200, 300]
    assert scale.ticks() == [1, 10, 100, 1000]


def test_labels_are_short():
    assert [label(value) for value in (0.05, 2.5, 1500, 1e-5)] == ["0.05", "2.5", "1,500", "0.00001"]
    assert [label(value) for value in (0, -2.5, -1500)] == ["0", "-2.5", "-1,500"]


def test_a_plot_has_its_axes_around_what_is_plotted():
    plot = Plot(width=300, height=200, left=50, right=10, top=20, bottom=40)
    assert (plot.across, plot.up) == ((50, 290), (160, 20))
    across = ET.fromstring(f"<svg>{plot.x_axis(Scale(low=0, high=2, start=50, end=290), 'a < b')}</svg>")
    assert [(mark.get("x"), mark.text) for mark in across.iterfind("text[@class='tick']")] == [
        ("50.0", "0"),
        ("110.0", "0.5"),
        ("170.0", "1"),
        ("230.0", "1.5"),
        ("290.0", "2"),
    ]
    assert across.find("text[@class='axis-name']").text == "a < b"
    up = ET.fromstring(f"<svg>{plot.y_axis(Scale(low=0, high=2, start=160, end=20), '')}</svg>")
    assert [line.get("y1") for line in up.iterfind("line[@class='grid']")][::4] == ["160.0", "20.0"]
    assert up.find("text[@class='axis-name']") is None
