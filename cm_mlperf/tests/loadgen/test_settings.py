"""Keys of user.conf."""

from pathlib import Path

import pytest

from cm_core import NotFoundError, UsageError
from cm_mlperf.loadgen.settings import conf_text, merge_settings, read_conf_file, read_conf_options


def test_a_misspelt_key_is_an_error_with_the_nearest():
    with pytest.raises(UsageError, match="would silently ignore the unknown key 'min_duratoin'") as caught:
        read_conf_options({"min_duratoin": "5"}, "open")
    assert "'min_duration'" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "division", "sentence"),
    [
        ({"Offline": {"target_latency": "5"}}, "open", "has no effect for Offline"),
        ({"Ofline": {"target_qps": "5"}}, "open", "no scenario 'Ofline'"),
        ({"qsl_rng_seed": "5"}, "open", "the round sets the seeds"),
        ({"mode": "1"}, "open", "not set in user.conf"),
        ({"accuracy_log_rng_seed": "5"}, "open", "only set by compliance tests"),
        ({"Server": {"target_latency_percentile": "90"}}, "closed", "only allowed in the open division"),
        ({"min_duration": "long"}, "open", "'long' is not a number"),
        ({"min_duration": "1_0"}, "open", "'1_0' is not a number"),
        ({"min_duration": "inf"}, "open", "'inf' is not a number"),
        ({"min_duration": "-1"}, "open", "not a number that LoadGen accepts"),
    ],
)
def test_what_loadgen_would_ignore_or_the_rules_forbid(options, division, sentence):
    with pytest.raises(UsageError, match=sentence):
        read_conf_options(options, division)


def test_a_file_in_the_form_of_loadgen(tmp_path):
    file = tmp_path / "user.conf"
    file.write_text("# mine\n*.*.min_duration = 1000\nbert-99.9.Server.target_qps = 2.5  # fast\n\n")
    both = {"*": {"min_duration": 1000}, "Server": {"target_qps": 2.5}}
    assert read_conf_file(file, "open", ["bert-99.9"]) == both
    assert read_conf_file(file, "open", ["bert-99"]) == {"*": {"min_duration": 1000}}


@pytest.mark.parametrize("models", [["bert-99"], ["bert-99-int8"], ["mine", "bert-99.9"]])
def test_a_file_for_several_models(tmp_path, models):
    file = tmp_path / "user.conf"
    file.write_text("bert.Offline.target_qps = 2\nresnet50.Offline.target_qps = 300\n")
    assert read_conf_file(file, "open", models) == {"Offline": {"target_qps": 2}}
    assert read_conf_file(file, "open", ["mine", "resnet"]) == {"Offline": {"target_qps": 300}}
    with pytest.raises(UsageError, match="lines for bert, resnet50 only, none for digits"):
        read_conf_file(file, "open", ["digits"])


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "user.conf").write_bytes(bytes(range(128, 256)))
    with pytest.raises(UsageError, match="line 1: not of the form"):
        read_conf_file(tmp_path / "user.conf", "open", ["digits"])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("min_duration = 3", "line 2: not of the form"),
        ("*.Server.target_qps", "line 2: not of the form"),
        ("*.Server.target_qqs = 3", "line 2: LoadGen would silently ignore"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, sentence):
    file = tmp_path / "user.conf"
    file.write_text(f"*.*.min_duration = 1000\n{line}\n")
    with pytest.raises(UsageError, match=sentence):
        read_conf_file(file, "open", ["digits"])


def test_a_missing_file():
    with pytest.raises(NotFoundError):
        read_conf_file(Path("no-such-file"), "open", ["digits"])


def test_lines_for_one_scenario_win_and_foreign_ones_are_left_out():
    layers = [{"*": {"min_duration": 1, "target_qps": 7}}, {"Offline": {"min_duration": 2}}]
    assert merge_settings("Offline", layers) == {"min_duration": 2, "target_qps": 7}
    assert merge_settings("SingleStream", layers) == {"min_duration": 1}
    assert conf_text("Offline", {"target_qps": 7, "min_duration": 2}) == (
        "*.Offline.min_duration = 2\n*.Offline.target_qps = 7\n"
    )
