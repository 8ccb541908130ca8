import pytest

from cm_mlperf.loadgen import rounds
from cm_mlperf.loadgen.tokentests import TokenAnswer, judge_form, judge_length, limits_of, read_mean_tokens

LIMITS = limits_of(rounds.load("v6.0").benchmarks["gpt-oss-120b"], "TEST09")


def test_the_lines_say_what_was_judged():
    answers = [TokenAnswer(sample=0, data=b"\1\0\0\0", first=b"\2\0\0\0", count=1)]
    assert judge_form(answers, "llama2-70b-99", "Server").text.splitlines() == [
        "answers: 1",
        "1 with another first token",
        "TEST FAIL",
    ]
    assert judge_form(answers, "llama2-70b-99", "Offline").text == "answers: 1\nTEST PASS\n"


@pytest.mark.parametrize(("tokens", "ok"), [(1150, False), (1151, True), (1406, True), (1407, False)])
def test_a_mean_length_has_two_limits(tokens, ok):
    assert judge_length([TokenAnswer(sample=0, data=bytes(4 * tokens))], LIMITS).ok is ok


def test_limits_are_those_of_a_benchmark():
    assert limits_of(None, "TEST09") is None
    assert limits_of(rounds.load("v6.0").benchmarks["resnet"], "TEST09") is None


def test_the_mean_in_a_text_is_the_last():
    assert read_mean_tokens("Mean output tokens: 1.5\nMean output tokens: 2.5\n") == 2.5
    assert read_mean_tokens("Mean: 1.5\n") is None
