"""The table of contents of the pipeline is true."""

import importlib
import re

import pytest

from cm_script.pipeline import STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_a_module_with_the_named_function(stage):
    module = importlib.import_module(f"cm_script.pipeline.{stage}")
    name = re.match(r"`(\w+)`", STAGES[stage])[1]
    assert getattr(module, name).__module__ == module.__name__
