import json
from hashlib import sha1
from pathlib import PurePosixPath

import pytest

from cm_core.base import DamagedError
from cm_mlperf.checking.power import check_power, power_value, read_watts
from cm_mlperf.loadgen.log import read_detail_log

FOLDER = PurePosixPath("performance")
METER = "YokogawaWT310E,1000,1,1,1,1,0,0,1,version=1.11.1-abc"
DAY = "01-02-2026 10:00:"


def detail(scenario="Offline", queries=10):
    values = {
        "effective_scenario": scenario,
        "power_begin": f"{DAY}00.000",
        "power_end": f"{DAY}10.000",
        "result_query_count": queries,
    }
    return "".join(f":::MLLOG {json.dumps({'key': key, 'value': value})}\n" for key, value in values.items())


def samples(*watts, start=1):
    rows = (f"Time,{DAY}{start + n:02}.000,Watts,{one},Volts,230,\n" for n, one in enumerate(watts))
    return "".join(rows)


@pytest.fixture
def run(tmp_path):
    """A folder with the logs of a run and of the meter."""

    def write(text, **facts):
        (tmp_path / "mlperf_log_detail.txt").write_text(detail(**facts))
        (tmp_path / "spl.txt").write_text(text)
        return tmp_path / "spl.txt", read_detail_log(tmp_path)

    return write


@pytest.fixture
def session(tmp_path):
    """A measurement of power; what it recorded can be changed before its sums are taken."""
    place = tmp_path / FOLDER

    def write(*, ranging=(100, 100), testing=(100, 100), client=(), server=()):
        for name, watts in (("ranging", ranging), ("run_1", testing)):
            (place / name).mkdir(parents=True)
            (place / name / "mlperf_log_detail.txt").write_text(detail())
            (place / name / "mlperf_log_summary.txt").write_text("summary")
            (place / name / "spl.txt").write_text(samples(*watts))
        (place / "power").mkdir()
        for name in ("client.log", "server.log", "ptd_logs.txt"):
            (place / "power" / name).write_text(name)
        sums = {
            file.relative_to(place).as_posix(): sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
            for file in place.rglob("*.txt")
        } | {f"power/{name}": sha1(name.encode()).hexdigest() for name in ("client.log", "server.log")}
        facts = {"session_name": "a", "uuid": {"client": "1", "server": "2"}, "results": sums}
        meter = {"ptd_messages": [{"cmd": "Hello"}, {"cmd": "Identify", "reply": METER}]}
        (place / "power" / "client.json").write_text(json.dumps(facts | dict(client)))
        (place / "power" / "server.json").write_text(json.dumps(facts | meter | dict(server)))
        return place

    return write


def problems(place):
    return [(one.file.removeprefix("performance/"), one.key) for one in check_power(place.parent, FOLDER)]


def test_watts_are_those_of_the_run(run):
    file, log = run("# a remark\n" + samples(0, 40, 60, -1) + samples(900, start=0) + samples(900, start=10))
    assert read_watts(file, log) == 50


@pytest.mark.parametrize("text", ["", samples(5, start=20), samples(0), "Time,then,Watts,5\n", "Time,\n"])
def test_a_log_without_samples_of_the_run_is_refused(run, text):
    with pytest.raises(DamagedError, match=r"spl\.txt"):
        read_watts(*run(text))


@pytest.mark.parametrize(
    ("of_log", "scenario", "value"),
    [
        ("Offline", "Offline", (50, "W")),
        ("Server", "Interactive", (50, "W")),
        ("SingleStream", "SingleStream", (50_000, "mJ")),
        ("MultiStream", "MultiStream", (50_000, "mJ")),
        ("SingleStream", "MultiStream", (400_000, "mJ")),
        ("SingleStream", "Offline", (50, "W")),
    ],
)
def test_latencies_have_the_energy_of_a_query(run, of_log, scenario, value):
    file, log = run(samples(40, 60), scenario=of_log)
    assert power_value(file, log, scenario) == value


def test_energy_needs_queries(run):
    file, log = run(samples(40, 60), scenario="SingleStream", queries=0)
    with pytest.raises(DamagedError, match="no queries"):
        power_value(file, log, "SingleStream")


def test_a_session_is_in_order(session):
    assert problems(session()) == []


def test_files_of_a_session_are_needed(session):
    place = session()
    (place / "power" / "client.log").unlink()
    (place / "ranging" / "spl.txt").unlink()
    assert problems(place) == [("power/client.log", ""), ("ranging/spl.txt", "")]


def test_files_stay_as_they_were_recorded(session):
    place = session()
    (place / "run_1" / "mlperf_log_summary.txt").write_text("better")
    assert problems(place) == [("run_1/mlperf_log_summary.txt", "")]


def test_both_sides_record_the_same_sums(session):
    place = session(client={"results": {"run_1/spl.txt": "0"}})
    assert problems(place) == [("run_1/spl.txt", "")]
    place.rename(place.with_name("other"))
    empty = session(client={"results": []}, server={"results": None})
    assert ("run_1/spl.txt", "") in problems(empty)


@pytest.mark.parametrize(("watts", "problem"), [((100, 91), False), ((100, 90), True), ((0, 0), True)])
def test_a_run_takes_as_much_as_ranging(session, watts, problem):
    assert bool(problems(session(testing=watts))) is problem


@pytest.mark.parametrize(
    ("server", "key"),
    [
        ({"session_name": "b"}, "session_name"),
        ({"uuid": {}}, "uuid"),
        ({"debug": True}, "debug"),
        ({"ptd_messages": []}, "ptd_messages"),
        ({"ptd_messages": "none"}, "ptd_messages"),
        ({"ptd_messages": [{"cmd": "Identify", "reply": METER.replace("1.11", "1.9")}]}, "ptd_messages"),
        ({"ptd_messages": [{"cmd": "Identify", "reply": "Other" + METER}]}, "ptd_messages"),
    ],
)
def test_both_sides_speak_of_one_session(session, server, key):
    assert problems(session(server=server)) == [("power/server.json", key)]


def test_a_damaged_description_is_named(session):
    place = session()
    (place / "power" / "server.json").write_text("{")
    ((file, _),) = problems(place)
    assert file == "power/server.json"
    (place / "power" / "server.json").write_text("{}")
    assert ("power/server.json", "session_name") in problems(place)
