import pytest

from cm_core import NotFoundError, UsageError
from cm_mlperf.loadgen import rounds
from cm_mlperf.submission.layout import LAYOUTS, Result, checked_name, layout_of

RESULT = Result(division="open", submitter="Lab", system="box", benchmark="net", scenario="Offline")


def test_there_is_one_for_each_round():
    assert tuple(layout.round for layout in LAYOUTS) == rounds.names()


@pytest.mark.parametrize("round_", ["v5.0", "v5.1"])
def test_before_v6_descriptions_and_compliance_have_trees_of_their_own(round_):
    layout = layout_of(round_)
    assert str(layout.result(RESULT)) == "open/Lab/results/box/net/Offline"
    assert str(layout.measurements_path(RESULT)) == "open/Lab/measurements/box/net/Offline/box_Offline.json"
    assert str(layout.compliance_folder(RESULT, "TEST01")) == "open/Lab/compliance/box/net/Offline/TEST01"
    assert str(layout.source(RESULT)) == "open/Lab/code/net"


@pytest.mark.parametrize("round_", ["v6.0", "v6.1"])
def test_since_v6_everything_lies_with_the_result(round_):
    layout = layout_of(round_)
    assert str(layout.measurements_path(RESULT)) == "open/Lab/results/box/net/Offline/measurements.json"
    assert str(layout.compliance_folder(RESULT, "TEST01")) == "open/Lab/results/box/net/Offline/TEST01"
    assert str(layout.source(RESULT)) == "open/Lab/src/net"
    assert str(layout.system(RESULT)) == "open/Lab/systems/box.json"


def test_unknown_round():
    with pytest.raises(NotFoundError, match=r"v4\.1"):
        layout_of("v4.1")


@pytest.mark.parametrize("name", ["laptop", "8xH100_2xEPYC-9555", "llama2-70b-99.9", "a+b"])
def test_names_that_will_do(name):
    assert checked_name(name, "system") == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../up", "a/b", "a\\b", "C:", "-flag", ".hidden", "two words", "end.", "é", "a" * 200],
)
def test_names_that_will_not(name):
    with pytest.raises(UsageError, match="cannot be the name of a system"):
        checked_name(name, "system")
