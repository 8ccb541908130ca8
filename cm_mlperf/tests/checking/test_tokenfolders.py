import json
from array import array
from pathlib import PurePosixPath

import pytest

from cm_mlperf.checking.finding import is_official
from cm_mlperf.checking.performance import Expected
from cm_mlperf.checking.testfolders import check_test
from cm_mlperf.loadgen import rounds
from cm_mlperf.submission.truncation import write_truncated

LOG = "mlperf_log_accuracy.json"
FORM = "First token check pass: True\nEOS check pass: True\nSample length check pass: True\n"
LENGTH = "Mean output tokens: 1278.20\nTEST PASS\n"
SCORE = "{'exact_match': 62.15}\nTEST PASS\n"


def hexed(tokens, kind="i"):
    return array(kind, tokens).tobytes().hex()


def entry(sample, tokens, *, kind="i", **changed):
    usual = {"token_data": hexed(tokens[:1], kind), "token_count": len(tokens)}
    return {"seq_id": sample, "qsl_idx": sample, "data": hexed(tokens, kind)} | usual | changed


def answers(count, length):
    return [{"seq_id": one, "qsl_idx": one, "data": "01000000" * length} for one in range(count)]


@pytest.fixture
def problems(tmp_path):
    """Writes the folder of a test, and says what is wrong with it."""

    def check(test, entries, text, benchmark, scenario="Server"):
        folder = tmp_path / test
        (folder / "accuracy").mkdir(parents=True)
        name = "verify_output_len.txt" if test == "TEST09" else "verify_accuracy.txt"
        (folder / name).write_text(text)
        if entries is not None:
            (folder / "accuracy" / LOG).write_text(json.dumps(entries))
        return found(test, benchmark, scenario)

    def found(test, benchmark, scenario="Server"):
        round_ = rounds.load("v6.1")
        expected = Expected(
            round=round_,
            benchmark=round_.benchmarks[benchmark],
            division="closed",
            category="datacenter",
            scenario=scenario,
            file="detail.txt",
        )
        findings = list(check_test(tmp_path, PurePosixPath(test), expected))
        assert not any(map(is_official, findings))
        return [(one.severity, one.found) for one in findings]

    check.again = found
    return check


@pytest.mark.parametrize(
    ("answer", "benchmark", "said"),
    [
        (entry(1, [7, 8, 9, 2]), "llama2-70b-99.9", ""),
        (entry(1, [7, 8, 2, 2]), "llama2-70b-99.9", "1 with more than one end token"),
        (entry(1, [2, 2]), "llama2-70b-99.9", ""),
        (entry(1, [7, 8, 2, 2]), "llama3.1-8b", ""),
        (entry(1, [7, 128009, 128009]), "llama3.1-8b", "1 with more than one end token"),
        (entry(1, [7, 8, 8]), "llama3.1-8b", ""),
        (entry(1, [7, 8], token_data=hexed([8])), "llama3.1-8b", "1 with another first token"),
        (entry(1, [7, 8], token_data=""), "llama3.1-8b", "1 with another first token"),
        (entry(1, [7, 8], token_count=3), "llama3.1-8b", "1 with another length than reported"),
    ],
)
def test_the_form_of_answers(problems, answer, benchmark, said):
    entries = [entry(0, [5, 6, 9]), answer]
    wanted = [("error", f"answers: 2; {said}")] if said else []
    assert problems("TEST06", entries, FORM, benchmark) == wanted


def test_tokens_are_as_wide_as_lengths_say(problems):
    entries = [entry(0, [7, 8, 9, 2], kind="q"), entry(1, [7, 2, 2], kind="q")]
    wanted = [("error", "answers: 2; 1 with more than one end token")]
    assert problems("TEST06", entries, FORM, "llama2-70b-99.9") == wanted


def test_offline_has_no_first_tokens(problems):
    answer = entry(1, [7, 8])
    del answer["token_data"]
    text = FORM.replace("First token check pass: True", "First token check pass: Skipped")
    assert problems("TEST06", [answer], text, "llama3.1-8b", "Offline") == []
    assert problems.again("TEST06", "llama3.1-8b") == [("error", "answers: 1; 1 with another first token")]


def test_a_log_without_answers_has_tested_nothing(problems):
    assert problems("TEST06", [], FORM, "llama3.1-8b") == [("warning", "answers of 0 samples")]


def test_logs_that_cannot_be_judged_are_named(problems, tmp_path):
    ((severity, found),) = problems("TEST06", None, FORM, "llama3.1-8b")
    assert (severity, "there is no file" in found) == ("warning", True)
    (tmp_path / "TEST06" / "accuracy" / LOG).write_text('[{"qsl_idx": 1}, 5]')
    ((severity, found),) = problems.again("TEST06", "llama3.1-8b")
    assert (severity, "is not an accuracy log" in found) == ("warning", True)


def test_a_shortened_log_of_answers_is_named(problems, tmp_path):
    assert problems("TEST06", [entry(0, list(range(9)))] * 100, FORM, "llama3.1-8b") == []
    log = tmp_path / "TEST06" / "accuracy" / LOG
    write_truncated(log.rename(tmp_path / "whole.json"), log, tmp_path / "accuracy.txt")
    assert problems.again("TEST06", "llama3.1-8b") == [("warning", "shortened")]


def test_an_accuracy_log_beside_the_verdict_counts(problems, tmp_path):
    assert problems("TEST06", [entry(0, [5, 6], token_count=3)], FORM, "llama3.1-8b")
    (tmp_path / "TEST06" / "accuracy" / LOG).rename(tmp_path / "TEST06" / LOG)
    said = "answers: 1; 1 with another length than reported"
    assert problems.again("TEST06", "llama3.1-8b") == [("error", said)]


@pytest.mark.parametrize(
    ("entries", "text", "wanted"),
    [
        (answers(824, 274), LENGTH.replace("1278.20", "274.00"), []),
        (answers(824, 274), LENGTH, [("error", "mean tokens: 1278.2")]),
        (answers(824, 200), LENGTH.replace("1278.20", "274.00"), [("error", "mean tokens: 200")]),
        (answers(5, 274), LENGTH.replace("1278.20", "274"), [("warning", "answers of 5 samples")]),
        (answers(824, 274), "TEST PASS\n", [("warning", "missing")]),
    ],
)
def test_the_length_of_answers(problems, entries, text, wanted):
    assert problems("TEST09", entries, text, "e2e-rag-qna") == wanted


def test_of_a_shortened_log_the_text_counts(problems, tmp_path):
    assert problems("TEST09", answers(824, 200), LENGTH.replace("1278.20", "274.00"), "e2e-rag-qna")
    log = tmp_path / "TEST09" / "accuracy" / LOG
    whole = log.rename(tmp_path / "whole.json")
    write_truncated(whole, log, tmp_path / "accuracy.txt")
    assert problems.again("TEST09", "e2e-rag-qna") == []
    (tmp_path / "TEST09" / "verify_output_len.txt").write_text(LENGTH)
    assert problems.again("TEST09", "e2e-rag-qna") == [("error", "mean tokens: 1278.2")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [(SCORE, []), (SCORE.replace("62.15", "50.0"), [("error", "exact_match: 50")])],
)
def test_the_accuracy_is_measured_by_the_limit_of_the_round(problems, text, wanted):
    assert problems("TEST07", answers(990, 1), text, "gpt-oss-120b") == wanted
