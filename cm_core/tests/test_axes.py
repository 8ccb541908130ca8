from cm_core.axes import Scale, label


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
