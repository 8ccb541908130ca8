import json
import os
import tarfile
from dataclasses import replace

import pytest

from cm_core import AlreadyExistsError, CMError, NotFoundError, UsageError
from cm_core.base import write_tar
from cm_mlperf.loadgen import rounds
from cm_mlperf.record.layout import OWN_FILE, ModelFacts, TestRecord
from cm_mlperf.submission.layout import layout_of
from cm_mlperf.submission.options import Wishes, describe_run
from cm_mlperf.submission.packer import pack_runs

SMALL = {
    ("SingleStream", mode): f"small/SingleStream/{mode}"
    for mode in ("performance", "accuracy", "TEST01", "TEST04")
}

RESNET = ModelFacts(name="resnet50", benchmark="resnet", path="resnet50.onnx")


@pytest.fixture
def pack(tmp_path):
    def run_packer(*runs, output=None, infer=False, force=False, round_="v6.1", **wishes):
        facts = rounds.load(round_)
        packed = [describe_run(run, run.read(), facts, Wishes(**wishes), {}) for run in runs]
        target = output or tmp_path / "tree"
        return pack_runs(packed, target, facts, layout_of(round_), infer=infer, force=force)

    return run_packer


def test_everything_is_in_the_tree(make_run, pack):
    packed = pack(make_run(SMALL))
    folder = packed.path / "open/Example/results/laptop/digits-wide/SingleStream"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "README.md",
        "measurements.json",
        "user.conf",
        "accuracy/accuracy.txt",
        "accuracy/mlperf_log_accuracy.json",
        "accuracy/mlperf_log_detail.txt",
        "accuracy/mlperf_log_summary.txt",
        "performance/run_1/mlperf_log_detail.txt",
        "performance/run_1/mlperf_log_summary.txt",
        "TEST01/verify_accuracy.txt",
        "TEST01/verify_performance.txt",
        "TEST01/accuracy/accuracy.txt",
        "TEST01/accuracy/mlperf_log_accuracy.json",
        "TEST01/performance/run_1/mlperf_log_detail.txt",
        "TEST01/performance/run_1/mlperf_log_summary.txt",
        "TEST04/verify_performance.txt",
        "TEST04/performance/run_1/mlperf_log_detail.txt",
        "TEST04/performance/run_1/mlperf_log_summary.txt",
    }
    assert json.loads((packed.path / "open/Example/model_mapping.json").read_text()) == {
        "digits-wide": "resnet"
    }
    readme = (folder / "README.md").read_text()
    assert "cm run mlperf --model=digits-wide.onnx --level=official" in readme
    assert "mlcommons-loadgen==6.0.17" in readme


def test_the_run_keeps_its_complete_answers(make_run, pack):
    run = make_run(SMALL)
    original = run.test_folder("SingleStream", "accuracy") / "mlperf_log_accuracy.json"
    before = original.read_bytes()
    packed = pack(run)
    assert original.read_bytes() == before
    (folder,) = packed.results
    assert packed.originals == {folder: str(original)}
    assert f"hash={packed.hashes[folder]}" in (packed.path / folder / "accuracy/accuracy.txt").read_text()


def test_a_result_that_is_not_official_says_so(make_run, pack):
    packed = pack(make_run(SMALL, level="demo"))
    (folder,) = packed.results
    assert "NON-OFFICIAL: This is a demonstration" in (packed.path / folder / "README.md").read_text()


def test_closed_results_bear_the_name_of_the_benchmark_and_have_no_mapping(make_run, pack):
    run = make_run(SMALL, model=RESNET)
    packed = pack(run, division="closed", submitter="Lab", system_name="box")
    assert packed.results == ("closed/Lab/results/box/resnet/SingleStream",)
    assert not (packed.path / "closed/Lab/model_mapping.json").exists()
    system = json.loads((packed.path / "closed/Lab/systems/box.json").read_text())
    assert (system["division"], system["submitter"], system["system_name"]) == ("closed", "Lab", "box")
    assert (system["accelerators_per_node"], system["number_of_nodes"]) == ("0", "1")


def test_own_models_are_not_packed_as_closed_results(make_run, pack):
    with pytest.raises(UsageError, match="own model"):
        pack(make_run(SMALL), division="closed")


def test_what_an_own_model_is_called_says_nothing(make_run, pack):
    own = replace(RESNET, source=OWN_FILE)
    with pytest.raises(UsageError, match="'resnet50' is your own model") as caught:
        pack(make_run(SMALL, model=own), division="closed")
    assert "--equivalent" in caught.value.hint
    with pytest.raises(UsageError, match="no benchmark to compare it with was given"):
        pack(make_run(SMALL, name="unmapped", model=replace(own, benchmark="")))
    with pytest.raises(UsageError, match="--equivalent is for a model of your own"):
        pack(make_run(SMALL, name="official", model=RESNET), equivalent=True)


def test_an_own_implementation_in_the_closed_division_is_a_statement(make_run, pack):
    own = replace(RESNET, name="mine", source=OWN_FILE)
    packed = pack(make_run(SMALL, model=own), division="closed", equivalent=True)
    (result,) = packed.results
    said = json.loads((packed.path / result / "measurements.json").read_text())["implementation"]
    assert said == (
        "own implementation; Example states that it is equivalent to the model of resnet,"
        " which has not been checked"
    )
    assert result == "closed/Example/results/laptop/resnet/SingleStream"
    assert said[1:] in (packed.path / result / "README.md").read_text()


def test_the_users_own_code_is_packed(make_run, pack, tmp_path):
    code = tmp_path / "mine.py"
    code.write_text("def predict(batch): ...\n")
    run = make_run(SMALL)
    record = run.read()
    run.write(replace(record, model=replace(record.model, path=f"{code}:predict")))
    packed = pack(run)
    assert (packed.path / "open/Example/src/digits-wide/mine.py").read_text() == code.read_text()


def test_what_can_be_inferred_is_inferred_from_the_best(official_run, pack):
    packed = pack(official_run, infer=True)
    assert packed.inferred == ("open/Example/results/laptop/digits-wide/Offline",)
    readme = (packed.path / packed.inferred[0] / "README.md").read_text()
    assert "Inferred from the MultiStream run" in readme


def test_nothing_is_inferred_for_a_datacenter(official_run, pack):
    assert pack(official_run, infer=True, category="datacenter").inferred == ()


def test_an_existing_tree_is_kept_unless_forced(make_run, pack, tmp_path):
    mine = tmp_path / "tree" / "open" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    run = make_run(SMALL)
    with pytest.raises(AlreadyExistsError, match="already exists") as caught:
        pack(run)
    assert "--force" in caught.value.hint
    assert mine.read_text() == "mine"
    pack(run, force=True)
    assert not mine.exists()
    assert (tmp_path / "tree/open").is_dir()


def test_force_replaces_submissions_and_nothing_else(make_run, pack, tmp_path):
    (tmp_path / "tree" / "open").mkdir(parents=True)
    (tmp_path / "tree" / "thesis.tex").write_text("mine")
    with pytest.raises(AlreadyExistsError, match="more than a submission"):
        pack(make_run(SMALL), force=True)
    assert (tmp_path / "tree" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("force", [False, True])
def test_a_failed_pack_leaves_nothing_and_takes_nothing(make_run, pack, tmp_path, force):
    run = make_run(SMALL)
    (run.test_folder("SingleStream", "accuracy") / "mlperf_log_summary.txt").unlink()
    output = tmp_path / "out" / "tree"
    if force:
        (output / "open").mkdir(parents=True)
    with pytest.raises(NotFoundError, match=r"mlperf_log_summary\.txt"):
        pack(run, output=output, force=force)
    left = [path.name for path in output.parent.rglob("*")] if output.parent.exists() else []
    assert left == (["tree", "open"] if force else [])


def test_a_folder_that_cannot_be_written_is_an_error(make_run, pack, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CMError, match="cannot create"):
        pack(make_run(SMALL), output=tmp_path / "file" / "tree")


def test_two_runs_with_the_same_result_are_refused(make_run, pack):
    with pytest.raises(UsageError, match="both have SingleStream"):
        pack(make_run(SMALL), make_run(SMALL, name="again"))


def test_two_runs_together_make_one_submission(make_run, pack):
    multi = {("MultiStream", mode): f"small/MultiStream/{mode}" for mode in ("performance", "accuracy")}
    packed = pack(make_run(SMALL), make_run(multi, name="again"))
    assert [folder.rpartition("/")[2] for folder in packed.results] == ["SingleStream", "MultiStream"]


def test_a_run_without_accuracy_cannot_be_packed(make_run, pack):
    run = make_run({("SingleStream", "performance"): "small/SingleStream/performance"})
    run.write_test(TestRecord(scenario="SingleStream", mode="accuracy", state="failed", digest=""))
    with pytest.raises(NotFoundError, match="finished performance and accuracy"):
        pack(run)


@pytest.mark.parametrize("name", ["../../outside", "a/b", ".."])
@pytest.mark.parametrize("what", ["submitter", "system_name"])
def test_names_are_no_paths(make_run, pack, tmp_path, what, name):
    with pytest.raises(UsageError, match="cannot be the name"):
        pack(make_run(SMALL), **{what: name})
    assert not (tmp_path / "tree").exists()


def test_an_own_model_needs_a_benchmark(make_run, pack):
    run = make_run(SMALL)
    record = run.read()
    run.write(replace(record, model=replace(record.model, benchmark="")))
    with pytest.raises(UsageError, match="no benchmark to compare it with was given"):
        pack(run)
    assert pack(run, benchmark="resnet").mapping == {"digits-wide": "resnet"}


def test_a_tar_has_the_same_bytes_for_the_same_tree(make_run, pack, tmp_path):
    tree = pack(make_run(SMALL)).path
    first = write_tar(tree, tmp_path / "first.tar.gz").read_bytes()
    for file in tree.rglob("*"):
        os.utime(file, (1, 1))
    assert write_tar(tree, tmp_path / "second.tar.gz").read_bytes() == first
    with tarfile.open(tmp_path / "first.tar.gz") as archive:
        members = archive.getmembers()
    assert "open/Example/systems/laptop.json" in {member.name for member in members}
    assert {(member.uid, member.uname) for member in members} == {(0, "")}
