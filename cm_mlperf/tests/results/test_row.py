import pytest

from cm_mlperf.results.row import DERIVED, FIELDS, ResultRow, mixed, number, row_uid, whole
from cm_mlperf.results.units import UNITS, lower_is_better, official_unit, unit_name


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (4, 4),
        ("4 (big); 4 (LITTLE)", 8),
        ("6 (4 big; 2 LITTLE)", 6),
        ("10 (8 performance and 2 efficiency)", 10),
        ("N/A", None),
        ("(8,4)", None),
        ("", None),
        (None, None),
        (2.0, 2),
    ],
)
def test_how_many(written, count):
    assert whole(mixed(written)) == count


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12), ("-3", -3), ("1.5", 1.5), (" 7 ", 7), ("1e3", 1000.0), (True, None), ("nan", None), ("1_0", None),
        ("inf", None), ("N/A", None), (None, None), ({}, None), (float("inf"), None), ("", None),
    ],
)  # fmt: skip
def test_numbers(cell, value):
    found = number(cell)
    assert found == value
    assert type(found) is type(value)


def test_units_know_their_spellings_and_direction():
    assert [unit_name(text) for text in ("Latency (ms)", "Samples/s", "millijoules", "Watts", "min.")] == [
        "ms", "samples/s", "mJ", "W", "min",
    ]  # fmt: skip
    assert unit_name("furlongs") == "furlongs"
    assert lower_is_better("furlongs") is None
    assert lower_is_better("ms") is lower_is_better("W") is lower_is_better("min") is True
    assert lower_is_better("tokens/s") is False
    for unit in UNITS.values():
        assert unit_name(official_unit(unit.name)) == unit.name


def stream(scenario, **more):
    return ResultRow(scenario=scenario, result=2.0, unit="ms", power=10, power_unit="mJ", **more)


def test_throughput_and_energy_of_the_scenarios():
    offline = ResultRow(scenario="Offline", result=600, unit="samples/s", power=50, power_unit="W")
    assert (offline.throughput, offline.samples_per_joule) == (600, 12)
    server = offline._replace(scenario="Server", unit="queries/s")
    assert server.samples_per_joule == 12
    assert (stream("SingleStream").throughput, stream("SingleStream").samples_per_joule) == (500, 100)
    assert (stream("MultiStream").throughput, stream("MultiStream").samples_per_joule) == (4000, 800)


def test_throughput_by_parts_of_the_system():
    row = ResultRow(
        scenario="Offline", result=640, unit="samples/s", nodes=2, processors_per_node=2,
        cores_per_processor="4 (big); 4 (LITTLE)", accelerators_per_node=4,
    )  # fmt: skip
    assert (row.cores, row.per_core) == (32, 20)
    assert (row.accelerators, row.per_accelerator) == (8, 80)
    assert row._replace(accelerators_per_node=0).per_accelerator is None
    assert row._replace(cores_per_processor="N/A").per_core is None


@pytest.mark.parametrize("change", [{"result": None}, {"unit": "furlongs"}, {"suite": "training"}])
def test_what_has_no_throughput(change):
    assert ResultRow(scenario="Offline", result=1, unit="samples/s")._replace(**change).throughput is None


def test_no_power_no_energy():
    assert stream("SingleStream")._replace(power=None).samples_per_joule is None
    assert stream("SingleStream")._replace(power=0).samples_per_joule is None
    assert ResultRow(scenario="Offline", unit="samples/s", power=5, power_unit="W").samples_per_joule is None


def test_own_runs_are_official_only_when_long_and_valid():
    assert ResultRow().official  # imported
    assert ResultRow(level="official", valid=True).official
    assert not ResultRow(level="official", valid=False).official
    assert not ResultRow(level="demo", valid=True).official


def test_json_has_every_column():
    row = ResultRow(category=("edge",), extra={"Task": "x"})
    assert set(row.to_json()) == {*FIELDS, *DERIVED}
    assert row.to_json()["category"] == ["edge"]


def test_uids_depend_on_content_alone():
    assert row_uid("a", 1) == row_uid("a", 1) != row_uid("a", 2)
    assert len(row_uid("a")) == 16
