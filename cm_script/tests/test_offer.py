"""What completion offers of the scripts that a command line names."""

import pytest

from cm_core import CMError, Offer
from cm_script.offer import offer_of_scripts

SCRIPTS = {
    "model": {
        "tags": ["get", "model", "m"],
        "input_mapping": {"speed": "SPEED"},
        "input_description": {
            "mode": {"choices": ["fast", 1]},
            "deep": {"boolean": True, "desc": "how deep"},
        },
        "versions": {"1.0": {}, "2.0": {}},
        "variations": {
            "onnx": {"group": "form", "default": True},
            "torch": {"group": "form"},
            "batch.#": {"group": "batch"},
            "big": {},
            "big,onnx": {},
        },
    },
    "other": {"tags": ["get", "model", "o"], "variations": {"onnx": {}, "small": {}}},
    **{f"more-{number}": {"tags": ["get", f"{number}"]} for number in range(5)},
}


def variations(offer: Offer) -> set[str]:
    return {word for word in offer.words if word.startswith("_")}


@pytest.fixture
def offered(lab):
    lab.add(SCRIPTS)

    def offered(line: str) -> Offer:
        return offer_of_scripts(lab.session.understand(f"run script {line}"), lab.session)

    return offered


@pytest.mark.parametrize(
    "line", ["model", '"get model m"', "get,model,m", "--tags get,model,m", "model _torch"]
)
def test_inputs_versions_and_variations(offered, line):
    offer = offered(line)
    flags = {flag.name: (flag.kind, flag.choices) for flag in offer.flags}
    assert flags == {
        "mode": ("text", ("fast", "1")),
        "deep": ("switch", ("yes", "no")),
        "speed": ("text", ()),
        "version": ("text", ("1.0", "2.0")),
    }
    expected = {"_batch.", "_big", "_onnx", "_torch"}
    assert variations(offer) == (expected - {"_onnx", "_torch"} if "_torch" in line else expected)


def test_of_a_group_one_can_be_chosen(offered):
    assert variations(offered("model _batch.8,_big")) == {"_onnx", "_torch"}
    assert variations(offered("--tags=get,model,m,-_big")) == {"_batch.", "_onnx", "_torch"}


def test_several_scripts_offer_what_any_of_them_has(offered):
    assert variations(offered("--tags=get,model")) == {"_batch.", "_big", "_onnx", "_torch", "_small"}


def test_tags_narrow_what_is_named(offered):
    assert set(offered("--tags=get,model").words) >= {"m", "o"}
    offer = offered("--tags=get")
    assert {"0", "m", "o", "model"} < set(offer.words)
    assert (variations(offer), offer.flags, "get" in offer.words) == (set(), (), False)


@pytest.mark.parametrize("line", ["", "no-such-script", "--tags=_onnx"])
def test_nothing_is_offered_of_nothing(offered, line):
    assert offered(line) == Offer()


def test_what_cannot_be_read_is_an_error_that_completion_swallows(offered):
    with pytest.raises(CMError):
        offered("--tags=a,-a")
