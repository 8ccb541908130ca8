"""The cases that decide whether a submission is taken, on logs of our own runs.

The same trees were given to the official checker of v6.1; where its answer differs from ours, the test says so.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from cm_mlperf.checking.finding import CheckOptions
from cm_mlperf.checking.strict import check_tree
from cm_mlperf.loadgen import rounds
from cm_mlperf.record.layout import ModelFacts
from cm_mlperf.submission.layout import layout_of
from cm_mlperf.submission.options import Wishes, describe_run
from cm_mlperf.submission.packer import pack_runs

PERFORMANCE = "performance/run_1/mlperf_log_detail.txt"


@pytest.fixture
def make_tree(official_run, tmp_path):
    """A factory of submission trees: pack a run and change what the test is about."""

    def make(run=None, *, round_="v6.1", infer=True, **wishes):
        run = run or official_run
        facts = rounds.load(round_)
        packed = describe_run(run, run.read(), facts, Wishes(**wishes), {})
        output = tmp_path / "tree"
        pack_runs([packed], output, facts, layout_of(round_), infer=infer, force=False)
        return output

    return make


@pytest.fixture
def closed_run(make_run):
    """The official run as if the model were that of the benchmark."""
    return make_run(
        division="closed", model=ModelFacts(name="resnet50", benchmark="resnet", path="resnet50.onnx")
    )


def checked(tree, round_="v6.1"):
    return check_tree(tree, rounds.load(round_), CheckOptions())


def problems(report):
    return {(finding.check, finding.file.split("/")[-1], finding.key) for finding in report.errors}


def scenario_folder(tree, scenario, model="digits-wide"):
    return next(tree.glob(f"*/Example/results/laptop/{model}/{scenario}"))


def test_a_an_official_open_run_of_an_own_model_passes(make_tree):
    report = checked(make_tree())
    assert report.findings == ()
    results = {result.folder.split("/")[-1]: result for result in report.results}
    assert set(results) == {"SingleStream", "MultiStream", "Offline"}
    assert all(result.ok for result in results.values())
    assert results["Offline"].inferred
    assert not results["MultiStream"].inferred
    assert results["SingleStream"].unit == "ms"
    assert results["MultiStream"].value > results["SingleStream"].value > 0
    assert results["SingleStream"].accuracy.startswith("acc 9")


def test_b_without_a_mapping_nothing_can_be_judged(make_tree):
    tree = make_tree()
    (tree / "open/Example/model_mapping.json").unlink()
    report = checked(tree)
    assert problems(report) == {("mapping", "digits-wide", "digits-wide")}
    assert "--benchmark=NAME" in report.errors[0].fix


def test_b_a_mapping_to_nothing_is_named(make_tree):
    tree = make_tree()
    (tree / "open/Example/model_mapping.json").write_text('{"digits-wide": "resnt"}')
    assert ("mapping", "model_mapping.json", "digits-wide") in problems(checked(tree))


def test_c_each_round_has_its_own_seeds(make_tree):
    report = checked(make_tree(), "v6.0")
    assert {finding.check for finding in report.errors} == {"seeds"}
    assert {finding.key for finding in report.errors} == {
        "effective_qsl_rng_seed",
        "effective_sample_index_rng_seed",
        "effective_schedule_rng_seed",
    }
    assert "seeds of v6.1" in report.errors[0].fix


def test_d_a_short_run_fails_by_setting_and_by_clock(make_tree, recorded):
    tree = make_tree(infer=False)
    folder = scenario_folder(tree, "SingleStream")
    for log in (recorded / "short/SingleStream/performance").glob("mlperf_log_*.txt"):
        shutil.copy(log, folder / "performance/run_1")
    report = checked(tree)
    assert {finding.check for finding in report.errors} == {"duration-setting", "duration-real"}
    setting = next(finding for finding in report.errors if finding.check == "duration-setting")
    assert (setting.found, setting.expected) == ("3000", "at least 600000")


def test_e_answers_have_to_be_truncated_and_hashed(make_tree, official_run):
    tree = make_tree(infer=False)
    folder = scenario_folder(tree, "SingleStream") / "accuracy"
    for name in ("mlperf_log_accuracy.json", "accuracy.txt"):
        shutil.copy(official_run.test_folder("SingleStream", "accuracy") / name, folder)
    report = checked(tree)
    assert problems(report) == {
        ("truncation", "mlperf_log_accuracy.json", ""),
        ("hash", "accuracy.txt", "hash"),
    }


def test_f_the_accuracy_run_has_to_cover_the_data_set(make_tree, make_run):
    tests = {("MultiStream", mode): f"small/MultiStream/{mode}" for mode in ("performance", "accuracy")}
    report = checked(make_tree(make_run(tests), infer=False))
    accuracy = [finding for finding in report.errors if finding.check == "accuracy-samples"]
    assert [(finding.found, finding.expected) for finding in accuracy] == [("540", "50000")]


def test_g_a_result_of_one_scenario_can_stand_for_another(make_tree, make_run, recorded):
    tests = {("SingleStream", mode): f"official/SingleStream/{mode}" for mode in ("performance", "accuracy")}
    tree = make_tree(make_run(tests))
    report = checked(tree)
    assert report.findings == ()
    values = {result.folder.split("/")[-1]: result for result in report.results}
    assert values["MultiStream"].inferred
    assert values["Offline"].inferred
    log = dict(_values(recorded / "official/SingleStream/performance/mlperf_log_detail.txt"))
    assert values["MultiStream"].value == pytest.approx(8 * log["early_stopping_latency_ms"] / 1e6)
    assert values["Offline"].value == log["result_qps_without_loadgen_overhead"]


def test_g_but_not_every_one(make_tree):
    tree = make_tree(infer=False)
    shutil.copytree(
        scenario_folder(tree, "MultiStream"), scenario_folder(tree, "MultiStream").with_name("Server")
    )
    assert ("scenario", "mlperf_log_detail.txt", "effective_scenario") in problems(checked(tree))


def test_g_and_on_edge_systems_only(make_tree):
    tree = make_tree()
    file = tree / "open/Example/systems/laptop.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"system_type": "datacenter"}))
    report = checked(tree)
    assert problems(report) == {("scenario", "mlperf_log_detail.txt", "effective_scenario")}
    assert "edge" in report.errors[0].fix


def test_h_an_invalid_run_fails_here_though_the_official_checker_takes_it(make_tree, recorded):
    tree = make_tree(infer=False)
    folder = scenario_folder(tree, "MultiStream")
    shutil.copy(recorded / "cut/MultiStream/performance/mlperf_log_detail.txt", folder / PERFORMANCE)
    report = checked(tree)
    validity = next(finding for finding in report.errors if finding.check == "validity")
    assert validity.found.startswith("INVALID: ")
    assert "official checker does not look" in validity.fix
    assert {"validity", "duration-real", "minimum-queries", "loadgen-errors"} <= {
        finding.check for finding in report.errors
    }


@pytest.mark.parametrize("key", ["cooling", "accelerator_on-chip_memories", "hw_notes"])
def test_i_a_missing_key_of_the_system_is_named(make_tree, key):
    tree = make_tree()
    file = tree / "open/Example/systems/laptop.json"
    system = json.loads(file.read_text())
    del system[key]
    file.write_text(json.dumps(system))
    assert problems(checked(tree)) == {("system-keys", "laptop.json", key)}


def test_j_closed_needs_scenarios_and_compliance(make_tree, closed_run):
    tree = make_tree(closed_run, infer=False)
    report = checked(tree)
    assert {(finding.check, finding.file.split("resnet/")[-1]) for finding in report.errors} == {
        ("scenarios", "Offline"),
        ("compliance", "SingleStream/TEST01"),
        ("compliance", "SingleStream/TEST04"),
        ("compliance", "MultiStream/TEST01"),
        ("compliance", "MultiStream/TEST04"),
    }


def test_j_closed_needs_the_accuracy_too(make_tree, closed_run):
    tree = make_tree(closed_run)
    for file in tree.rglob("accuracy.txt"):
        file.write_text(file.read_text().replace("accuracy=9", "accuracy=1"))
    targets = [finding for finding in checked(tree).errors if finding.check == "accuracy-target"]
    assert len(targets) == 3
    assert targets[0].expected == "at least 75.6954"


def test_in_the_open_division_a_low_accuracy_is_a_warning(make_tree):
    tree = make_tree()
    for file in tree.rglob("accuracy.txt"):
        file.write_text(file.read_text().replace("accuracy=9", "accuracy=1"))
    report = checked(tree)
    assert report.errors == ()
    assert {finding.check for finding in report.findings} == {"accuracy-target"}


def test_the_old_layout_is_checked_by_its_own_table(make_tree, make_run):
    run = make_run()
    run.write(replace(run.read(), round="v5.1"))
    tree = make_tree(run, round_="v5.1")
    report = checked(tree, "v5.1")
    assert {finding.check for finding in report.errors} == {"seeds"}
    assert (tree / "open/Example/measurements/laptop/digits-wide/Offline/laptop_Offline.json").exists()
    assert (tree / "open/Example/code/digits-wide/README.md").exists()


def _values(file):
    for line in file.read_text().splitlines():
        entry = json.loads(line.removeprefix(":::MLLOG "))
        yield entry["key"], entry["value"]
