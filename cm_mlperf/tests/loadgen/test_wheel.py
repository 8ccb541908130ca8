import pytest

from cm_mlperf.loadgen import rounds
from cm_mlperf.loadgen.wheel import installed_seeds, round_of, seeds_in


def test_the_installed_loadgen_is_of_a_known_round():
    pytest.importorskip("mlperf_loadgen")
    assert round_of(installed_seeds()).name in rounds.names()


def test_no_round_has_other_seeds():
    assert round_of(rounds.Seeds(qsl=0, sample_index=0, schedule=0)) is None


def test_seeds_of_a_log():
    values = {f"effective_{name}_rng_seed": 1 for name in ("qsl", "sample_index", "schedule")}
    assert seeds_in(values) == rounds.Seeds(qsl=1, sample_index=1, schedule=1)
    assert seeds_in({"effective_qsl_rng_seed": 1}) is None
