"""The command that goes on record."""

import pytest

from cm_core.argline import parse_words
from cm_core.request import Request
from cm_mlperf.recording import run_command


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["--model=a b.onnx", "--scenario=Offline,Server"],
            ["--model=a b.onnx", "--scenario=Offline,Server"],
        ),
        (["resnet50", "--conf.Server.target_qps=5"], ["resnet50", "--conf.Server.target_qps=5"]),
        (["--quiet", "--rerun", "--json", "--result=x.json", "--all_scenarios"], ["--all_scenarios"]),
    ],
)
def test_what_was_typed_without_what_changes_no_result(words, expected):
    assert run_command(parse_words(["run", "mlperf", *words])) == ("cm", "run", "mlperf", *expected)


def test_a_recipe_or_a_program_asks_by_options():
    request = Request.from_mapping(
        {"action": "run", "automation": "mlperf", "out": "con", "model": "resnet50", "scenario": ["Offline"]}
    )
    assert run_command(request) == ("cm", "run", "mlperf", "--model=resnet50", "--scenario,=Offline")
