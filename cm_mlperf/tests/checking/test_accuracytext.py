import pytest

from cm_mlperf.checking.accuracytext import EXAMPLES, METRICS, read_hash, read_metric, read_total
from cm_mlperf.loadgen import rounds

LINES = {
    "acc": ("accuracy=75.695%, good=37848, total=50000", 75.695),
    "mAP": ("mAP=37.572%", 37.572),
    "F1": ('{"exact_match": 83.67, "f1": 90.87}', 90.87),
    "DICE": ("Accuracy: mean = 0.86170, kidney tumor = 0.8, N = 43", 0.8617),
    "AUC": ("AUC=80.31%", 80.31),
    "ACCURACY": ("Word Error Rate: 2.07%, accuracy=97.93%", 97.93),
    "ROUGE1": ("{'rouge1': '44.43', 'rouge2': 22.0}", 44.43),
    "TOKENS_PER_SAMPLE": ("{'rouge1': 44.4, 'tokens_per_sample': 294.45}", 294.45),
    "CLIP_SCORE": ("{'FID_SCORE': '23.5', 'CLIP_SCORE': '31.7'}", 31.7),
    "DLRM_NE": ("metric/lifetime_ne/rating: 0.8691", 0.8691),
    "F1_HIERARCHICAL": ('{"category": 1, "f1": 0.79}', 0.79),
    "E2E_ACCURACY": ("Accuracy: 34.2", 34.2),
}


@pytest.mark.parametrize("metric", LINES)
def test_lines_of_the_benchmarks_own_scripts(metric):
    line, value = LINES[metric]
    assert read_metric(f"some text\n{line}\nhash=abc\n", metric) == value


def test_another_format_is_not_read():
    assert read_metric("the accuracy is 99%", "acc") is None
    assert read_metric("", "mAP") is None


@pytest.mark.parametrize("name", rounds.names())
def test_every_metric_of_a_round_can_be_read(name):
    for benchmark in rounds.load(name).benchmarks.values():
        assert {target.metric for target in benchmark.accuracy} <= set(METRICS)


@pytest.mark.parametrize("metric", EXAMPLES)
def test_the_examples_can_be_read(metric):
    assert read_metric(EXAMPLES[metric], metric) is not None


def test_hash_and_total():
    text = "accuracy=97.2%, good=525, total=540\n\nhash=0af1\n"
    assert (read_hash(text), read_total(text)) == ("0af1", 540)
    assert (read_hash("hash = 1"), read_total("none")) == ("", None)


def test_a_recommendation_model_counts_samples_as_queries():
    assert read_total("AUC=80.300%, accuracy=96.654%, good=1107553, total=1145900, queries=4222") == 4222
