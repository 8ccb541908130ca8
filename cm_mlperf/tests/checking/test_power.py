import json
from hashlib import sha1
from pathlib import PurePosixPath

import pytest

from cm_core.base import DamagedError
from cm_mlperf.checking.power import check_power, power_value, read_watts
from cm_mlperf.checking.powersession import seconds
from cm_mlperf.loadgen.log import read_detail_log

FOLDER = PurePosixPath("performance")
METER = "YokogawaWT310E,1000,1,1,1,1,0,0,1,version=1.11.1-abc"
DAY = "01-02-2026 10:00:"


START = seconds(f"{DAY}00.000")
PHASES = {mode: [[START + n] for n in (-9, -5, 15, 19)] for mode in ("ranging", "testing")}
MESSAGES = [
    {"cmd": "mlcommons/power client v3", "reply": "mlcommons/power server v3"},
    {"cmd": "time", "reply": "1"},
    {"cmd": "stop", "reply": "OK"},
]
GO = "Starting untimed measurement, maximum 500000 samples at 1000ms with 0 rampup samples"
DIALOGUE = [
    f"Identify|{METER}",
    "RR|Ranges,0,40.0,1,300.0",
    "SR,V,Auto|Range V changed",
    "SR,A,Auto|Range A changed",
    f"Go,1000,0,a_ranging|{GO}",
    "Stop|Stopping untimed measurement",
    "SR,V,230|Range V changed",
    "SR,A,5|Range A changed",
    f"Go,1000,0,a_testing|{GO}",
    "Stop|Stopping untimed measurement",
    "SR,V,Auto|Range V changed",
    "SR,A,40.0|Range A changed",
    "Stop|Error: no measurement to stop",
]


def say(text):
    return dict(zip(("cmd", "reply"), text.split("|"), strict=True))


def dialogue(before, after):
    return {"ptd_messages": [say(one.replace(before, after)) for one in DIALOGUE]}


def phases(**changed):
    return {"phases": PHASES | changed}


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
        facts |= {"phases": PHASES, "messages": MESSAGES}
        meter = {"ptd_messages": [say(one) for one in DIALOGUE]}
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
        (dialogue("1.11", "1.9"), "ptd_messages"),
        (dialogue("Yokogawa", "Other"), "ptd_messages"),
        (dialogue("Range A changed", "Error: range"), "ptd_messages"),
        (dialogue(GO, "Error: not ready"), "ptd_messages"),
        (dialogue("Error: no measurement to stop", "OK"), "ptd_messages"),
        (dialogue("SR,A,40.0", "SR,A,20.0"), "ptd_messages"),
        (dialogue("RR|Ranges,0,40.0", "RR|Ranges,0"), "ptd_messages"),
        ({"phases": {}}, "phases"),
        (phases(testing=[[START - 9]]), "phases"),
        (phases(testing=[[START + n] for n in (-9, -5, 15, 20)]), "phases"),
        ({"messages": MESSAGES[:-1]}, "messages"),
        ({"messages": [*MESSAGES[:-1], {"cmd": "stop", "reply": "no"}]}, "messages"),
        ({"messages": 5}, "messages"),
    ],
)
def test_both_sides_speak_of_one_session(session, server, key):
    assert set(problems(session(server=server))) == {("power/server.json", key)}


def test_clocks_may_differ_a_little_and_tell_different_times(session):
    near = phases(testing=[[one[0] + 0.7] for one in PHASES["testing"]])
    other = [MESSAGES[0], {"cmd": "time", "reply": "2"}, MESSAGES[2]]
    assert problems(session(server=near | {"messages": other})) == []


@pytest.mark.parametrize(("ahead", "ok"), [(3600, True), (7200, False)])
def test_a_run_lies_within_its_phase_but_for_summer_time(session, ahead, ok):
    both = phases(testing=[[one[0] - ahead] for one in PHASES["testing"]])
    assert (problems(session(client=both, server=both)) == []) is ok


def test_versions_of_both_sides_are_the_same(session):
    both = {"messages": [{"cmd": "mlcommons/power client v2", "reply": "mlcommons/power server v3"}]}
    assert problems(session(client=both, server=both)) == [("power/server.json", "messages")]


@pytest.mark.parametrize("sent", [[], "none", [{"cmd": "Hello"}]])
def test_a_meter_without_answers_is_none(session, sent):
    found = problems(session(server={"ptd_messages": sent}))
    assert set(found) == {("power/server.json", "ptd_messages")}


def test_a_damaged_log_is_named_once(session):
    place = session()
    (place / "run_1" / "mlperf_log_detail.txt").write_text("")
    assert problems(place) == [("run_1/spl.txt", ""), ("run_1/mlperf_log_detail.txt", "")]


def test_a_damaged_description_is_named(session):
    place = session()
    (place / "power" / "server.json").write_text("{")
    ((file, _),) = problems(place)
    assert file == "power/server.json"
    (place / "power" / "server.json").write_text("{}")
    assert ("power/server.json", "session_name") in problems(place)
