import json

import pytest

from cm_core import NotFoundError, Request, UsageError
from cm_mlperf.checking.api import check, inference_source


@pytest.fixture
def call(cm_session):
    def run_check(name="", **options):
        return check(Request(action="check", automation="mlperf", artifact=name, options=options), cm_session)

    return run_check


@pytest.fixture
def empty(tmp_path):
    """A submission with nothing in it."""
    (tmp_path / "tree/open/Lab").mkdir(parents=True)
    return tmp_path / "tree"


def test_a_run_is_checked_for_its_round(call, official_run):
    answer = call(str(official_run.path))
    assert answer.exit_code == 0
    assert answer.data["round"] == "v6.1"
    assert answer.lines[-1] == "cm: ok, 2 results, 0 warnings"


def test_errors_give_an_exit_code_and_say_where_and_what_to_do(call, official_run):
    answer = call(str(official_run.path), round="v6.0")
    assert answer.exit_code == 1
    text = "\n".join(answer.lines)
    assert "error [cm:seeds] MultiStream/performance/mlperf_log_detail.txt, effective_qsl_rng_seed" in text
    assert "expected: 2465351861681999779" in text
    assert "--round=v6.1" in text
    assert answer.data["errors"] == 6


def test_a_submission_is_checked_by_all_checkers(call, empty):
    answer = call(str(empty))
    assert answer.exit_code == 1
    assert [report["checker"] for report in answer.data["reports"]] == ["cm", "official"]
    assert "official: not run: give its sources" in answer.lines[-1]
    json.dumps(answer.data)  # complete for programs


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("", UsageError, "no run or folder to check was given"),
        ("no-such-run", NotFoundError, "no run 'no-such-run'"),
    ],
)
def test_what_is_neither_is_an_error(call, name, error, message):
    with pytest.raises(error, match=message):
        call(name)


def test_a_submitter_who_is_not_there(call, empty):
    with pytest.raises(NotFoundError, match="nothing from the submitter 'Lap'") as caught:
        call(str(empty), submitter="Lap")
    assert "'Lab'" in caught.value.hint
    assert call(str(empty), submitter="Lab").exit_code == 1


def test_a_folder_inside_of_a_submission(call, tmp_path, recorded):
    run = tmp_path / "tree/open/Lab/results/box/own/SingleStream/performance/run_1"
    run.mkdir(parents=True)
    log = (recorded / "official/SingleStream/performance/mlperf_log_detail.txt").read_text()
    seeds = {
        "2085463073848966840": "1780908523862526354",
        "2747215439041700203": "14771362308971278857",
        "16159082839903944936": "18209322760996052031",
    }
    for of_v61, of_v51 in seeds.items():
        log = log.replace(of_v61, of_v51)
    (run / "mlperf_log_detail.txt").write_text(log)
    answer = call(str(tmp_path / "tree/open/Lab"))
    assert answer.data["round"] == "v5.1"
    (result,) = answer.data["reports"][0]["results"]
    assert result["folder"] == "open/Lab/results/box/own/SingleStream"
    assert call(str(tmp_path / "tree"), round="v6.0").data["round"] == "v6.0"


def test_runs_are_not_for_the_official_checker(call, official_run):
    with pytest.raises(UsageError, match="does not take runs"):
        call(str(official_run.path), like="official")


def test_an_archive_is_not_looked_into(call, tmp_path):
    (tmp_path / "tree.tar.gz").write_bytes(b"")
    with pytest.raises(NotFoundError, match="is a file, not a folder"):
        call(str(tmp_path / "tree.tar.gz"))


def test_another_folder_is_neither(call, tmp_path):
    with pytest.raises(NotFoundError, match="neither a submission nor a run"):
        call(str(tmp_path))


def test_sources_of_the_official_checker(cm_session, tmp_path):
    def asked(**options):
        return inference_source(Request(options=options), cm_session)

    assert asked(inference_src=str(tmp_path)) == tmp_path
    with pytest.raises(NotFoundError, match="there is no folder"):
        asked(inference_src=str(tmp_path / "none"))
