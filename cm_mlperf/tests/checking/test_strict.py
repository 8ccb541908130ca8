import json
import shutil

import pytest

from cm_core import NotFoundError
from cm_mlperf.checking.finding import CheckOptions
from cm_mlperf.checking.power import SPL
from cm_mlperf.checking.report import report_lines
from cm_mlperf.checking.strict import check_tree
from cm_mlperf.loadgen import rounds
from cm_mlperf.loadgen.log import read_detail_log
from cm_mlperf.submission.layout import layout_of
from cm_mlperf.submission.options import Wishes, describe_run
from cm_mlperf.submission.packer import pack_runs

ROUND = rounds.load("v6.1")
RESULT = "open/Example/results/laptop/digits-wide/SingleStream"


@pytest.fixture
def tree(make_run, tmp_path):
    """A submission with one good result."""
    run = make_run(
        {("SingleStream", mode): f"official/SingleStream/{mode}" for mode in ("performance", "accuracy")}
    )
    packed = describe_run(run, run.read(), ROUND, Wishes(), {})
    pack_runs([packed], tmp_path / "tree", ROUND, layout_of("v6.1"), infer=False, force=False)
    return tmp_path / "tree"


def errors(tree, **options):
    return {(one.check, one.file, one.key) for one in check_tree(tree, ROUND, CheckOptions(**options)).errors}


def change(file, **values):
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_the_tree_is_good(tree):
    assert errors(tree) == set()


def test_a_tree_without_results_does_not_pass(tmp_path):
    (tmp_path / "open").mkdir()
    assert errors(tmp_path) == {("files", "open/<submitter>", "")}


@pytest.mark.parametrize("text", [":::MLLOG []\n", ':::MLLOG {"key": 1, "metadata": {}}\n'])
def test_lines_of_a_log_that_are_no_entries(tree, text):
    file = tree / RESULT / "performance" / "run_1" / "mlperf_log_detail.txt"
    file.write_text(text)
    assert str(file.relative_to(tree)) in {place for _, place, _ in errors(tree)}


def test_a_folder_in_the_place_of_a_log(tree):
    file = tree / RESULT / "performance" / "run_1" / "mlperf_log_detail.txt"
    file.unlink()
    file.mkdir()
    assert str(file.relative_to(tree)) in {place for _, place, _ in errors(tree)}


def test_another_folder_is_no_submission(tmp_path):
    with pytest.raises(NotFoundError, match="no folder closed, open or network"):
        check_tree(tmp_path, ROUND, CheckOptions())


@pytest.mark.parametrize(
    "file",
    [
        "user.conf",
        "README.md",
        "measurements.json",
        "performance/run_1/mlperf_log_summary.txt",
        "performance/run_1/mlperf_log_detail.txt",
        "accuracy/mlperf_log_summary.txt",
        "accuracy/mlperf_log_detail.txt",
        "accuracy/mlperf_log_accuracy.json",
        "accuracy/accuracy.txt",
    ],
)
def test_each_missing_file_is_named(tree, file):
    (tree / RESULT / file).unlink()
    assert errors(tree) == {("files", f"{RESULT}/{file}", "")}


@pytest.mark.parametrize("file", ["user.conf", "README.md", "accuracy/mlperf_log_summary.txt"])
def test_empty_files_do_not_count(tree, file):
    (tree / RESULT / file).write_text("")
    assert errors(tree) == {("files", f"{RESULT}/{file}", "")}


def test_a_missing_description_of_the_system(tree):
    (tree / "open/Example/systems/laptop.json").unlink()
    assert errors(tree) == {("files", "open/Example/systems/laptop.json", "")}


@pytest.mark.parametrize(
    ("values", "check", "key"),
    [
        ({"status": "soon"}, "system-values", "status"),
        ({"system_type": "phone"}, "system-values", "system_type"),
        ({"submitter": "Other"}, "system-values", "submitter"),
        ({"division": "closed"}, "system-values", "division"),
        ({"accelerators_per_node": 0}, "system-keys", "accelerators_per_node"),
        ({"accelerators_per_node": "N/A"}, "system-numbers", "accelerators_per_node"),
        ({"cooling": " "}, "system-keys", "cooling"),
    ],
)
def test_values_of_the_system(tree, values, check, key):
    file = "open/Example/systems/laptop.json"
    change(tree / file, **values)
    assert errors(tree) == {(check, file, key)}


def test_keys_of_the_result(tree):
    change(tree / RESULT / "measurements.json", retraining="")
    assert errors(tree) == {("measurements-keys", f"{RESULT}/measurements.json", "retraining")}


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_description_that_cannot_be_read(tree, text):
    (tree / RESULT / "measurements.json").write_text(text)
    assert errors(tree) == {("files", f"{RESULT}/measurements.json", "")}


def test_the_code_has_to_be_there(tree):
    (tree / "open/Example/src/digits-wide/README.md").unlink()
    assert errors(tree) == {("files", "open/Example/src/digits-wide", "")}


def test_a_changed_answer_log_has_another_hash(tree):
    (tree / RESULT / "accuracy/mlperf_log_accuracy.json").write_text("[]")
    assert errors(tree) == {("hash", f"{RESULT}/accuracy/accuracy.txt", "hash")}


def test_the_accuracy_has_the_format_of_the_benchmark(tree):
    text = tree / RESULT / "accuracy/accuracy.txt"
    text.write_text(text.read_text().replace("accuracy=", "the accuracy is "))
    assert errors(tree) == {("accuracy-format", f"{RESULT}/accuracy/accuracy.txt", "acc")}


def test_one_submitter_can_be_checked_alone(tree):
    (tree / "open/Other/results").mkdir(parents=True)
    assert errors(tree) == {("files", "open/Other/results", "")}
    assert errors(tree, submitter="Example") == set()


def test_a_part_of_a_tree_can_be_checked_alone(tree):
    system = tree / "open/Example/results"
    shutil.copytree(system / "laptop", system / "other")
    shutil.copytree(tree / RESULT, (tree / RESULT).with_name("Offline"))
    names = ("open", "Example", "laptop", "digits-wide", "SingleStream")
    for asked, number in ((names, 1), (names[:4], 2), (names[:2], 3), (("closed",), 0)):
        results = check_tree(tree, ROUND, CheckOptions(names=asked)).results
        assert len(results) == number
    assert errors(tree, names=names) == set()
    assert ("files", "open/Example/systems/other.json", "") in errors(tree, names=names[:2])


def test_what_is_not_checked_is_said(tree):
    (tree / RESULT / "config.yaml").write_text("x")
    report = check_tree(tree, ROUND, CheckOptions())
    assert report.errors == ()
    assert [(one.check, one.file) for one in report.findings] == [("unchecked", RESULT)]


def test_power_belongs_to_its_result(tree):
    run = tree / RESULT / "performance" / "run_1"
    (run.parent / "power").mkdir()
    log = read_detail_log(run)
    (run / SPL).write_text(f"Time,{log.values['power_end']},Watts,5,\n")
    report = check_tree(tree, ROUND, CheckOptions())
    assert {one.check for one in report.findings} == {"power", "unchecked"}
    assert [one.power for one in report.results if one.folder == RESULT] == [None]
    begin, dot, part = log.values["power_begin"].partition(".")
    (run / SPL).write_text(f"Time,{begin}{dot}{int(part) + 1:03},Watts,50,\n")
    report = check_tree(tree, ROUND, CheckOptions())
    ((power, unit),) = [(one.power, one.power_unit) for one in report.results if one.folder == RESULT]
    assert power > 0
    assert unit == "mJ"
    assert any("mJ" in line for line in report_lines([report]))


def test_network_results_belong_into_their_division(tree):
    file = "open/Example/systems/laptop.json"
    change(tree / file, is_network="true")
    found = errors(tree)
    assert ("system-keys", file, "network_protocol") in found
    assert ("network-name", f"{RESULT}/performance/run_1/mlperf_log_detail.txt", "sut_name") in found


@pytest.mark.parametrize("name", ["singlestream", "SINGLESTREAM"])
def test_the_case_of_a_scenario_folder_does_not_matter(tree, name):
    (tree / RESULT).rename((tree / RESULT).with_name(name))
    report = check_tree(tree, ROUND, CheckOptions())
    assert report.errors == ()
    (result,) = report.results
    assert (result.folder, result.unit, result.inferred) == (
        RESULT.replace("SingleStream", name),
        "ms",
        False,
    )


def cut(file, key):
    """End a log before the entry with a key."""
    lines = file.read_text().splitlines(keepends=True)
    end = next(number for number, line in enumerate(lines) if f'"key": "{key}"' in line)
    file.write_text("".join(lines[:end]))


def test_a_log_that_ends_after_its_verdict_is_a_warning(tree):
    cut(tree / RESULT / "performance/run_1/mlperf_log_detail.txt", "num_errors")
    report = check_tree(tree, ROUND, CheckOptions())
    assert report.errors == ()
    assert [one.check for one in report.findings] == ["complete"]
    assert report.findings[0].found.startswith("nothing after ")


def test_a_log_that_ends_before_its_verdict_is_an_error(tree):
    cut(tree / RESULT / "performance/run_1/mlperf_log_detail.txt", "result_validity")
    assert "complete" in {check for check, _, _ in errors(tree)}


def test_benchmarks_that_make_images_show_some(tree):
    (tree / "open/Example/model_mapping.json").write_text('{"digits-wide": "wan-2.2-t2v-a14b"}')
    place = f"{RESULT}/accuracy/videos"
    names = ROUND.benchmarks["wan-2.2-t2v-a14b"].accuracy_files["videos"]
    assert ("outputs", place, "") in errors(tree)
    (tree / place).mkdir()
    for name in names[1:]:
        (tree / place / f"{name}.mp4").touch()
    report = check_tree(tree, ROUND, CheckOptions())
    assert [one.found for one in report.findings if one.check == "outputs"] == [f"missing: {names[0]}"]
    (tree / place / f"{names[0]}.mp4").touch()
    assert ("outputs", place, "") not in errors(tree)


@pytest.mark.parametrize(
    ("benchmark", "scenario", "unit"),
    [
        ("llama2-70b-99", "Interactive", "tokens/s"),
        ("llama2-70b-99", "Offline", "tokens/s"),
        ("whisper", "Offline", "samples/s"),
        ("resnet", "Server", "queries/s"),
        ("stable-diffusion-xl", "SingleStream", "ms"),
    ],
)
def test_units_are_those_of_the_published_table(tree, benchmark, scenario, unit):
    (tree / "open/Example/model_mapping.json").write_text(json.dumps({"digits-wide": benchmark}))
    (tree / RESULT).rename((tree / RESULT).with_name(scenario))
    (result,) = check_tree(tree, rounds.load("v5.1"), CheckOptions()).results
    assert result.unit == unit


def test_what_the_official_checker_does_not_mind_can_be_left_out(tree):
    log = tree / RESULT / "performance/run_1/mlperf_log_detail.txt"
    log.write_text(
        log.read_text().replace(
            '"result_validity", "value": "VALID"', '"result_validity", "value": "INVALID"'
        )
    )
    change(tree / "open/Example/systems/laptop.json", cooling="")
    report = check_tree(tree, ROUND, CheckOptions())
    assert {one.check for one in report.errors} == {"validity", "summary", "system-keys"}
    assert not report.results[0].ok
    report = check_tree(tree, ROUND, CheckOptions(like_official=True))
    assert [one.check for one in report.findings] == ["system-keys"]
    assert report.results[0].ok


def test_a_folder_that_is_no_scenario_is_named(tree):
    (tree / RESULT).rename((tree / RESULT).with_name("single-stream"))
    assert ("scenarios", RESULT.replace("SingleStream", "single-stream"), "") in errors(tree)
