import json

import numpy as np
import pytest

from cm_core import CMError, MetaError, NotFoundError, UsageError
from cm_mlperf.reference.squad import F1, Squad, exact_match, word_f1
from cm_mlperf.reference.squad_answers import align, best_answer
from cm_mlperf.reference.squad_features import LENGTH, Feature, make_features


@pytest.fixture
def write(squad):
    """Replace the paragraph and its question."""

    def replace(context, question):
        entry = {"id": "q", "question": question, "answers": [{"text": "x", "answer_start": 0}]}
        content = {"data": [{"paragraphs": [{"context": context, "qas": [entry]}]}]}
        (squad / "dev-v1.1.json").write_text(json.dumps(content), encoding="utf-8")
        return make_features(squad / "dev-v1.1.json", squad / "vocab.txt")

    return replace


# ------------------------------------------------------------------------------------ features


def test_a_short_paragraph_is_one_feature(write):
    made = write("The man\u202fbought  milk.", "What?")
    (feature,) = made.features
    assert feature.tokens == ["[CLS]", "what", "?", "[SEP]", "the", "man", "bought", "milk", ".", "[SEP]"]
    assert feature.words == [0, 1, 2, 3, 3]
    numbers, mask, segments = made.arrays
    assert numbers.shape == mask.shape == segments.shape == (1, LENGTH)
    assert mask[0].tolist() == [1] * 10 + [0] * 374
    assert segments[0].tolist() == [0] * 4 + [1] * 6 + [0] * 374
    assert numbers[0, 10:].any() == 0


def test_a_long_paragraph_is_several_that_overlap(write):
    made = write("the " * 600, "what ?")
    room = LENGTH - 2 - 3
    # Steps of 128 tokens until the end is in.
    assert [len(feature.words) for feature in made.features] == [room, room, 600 - 256]
    assert [feature.words[0] for feature in made.features] == [0, 128, 256]
    # Each token is best seen in exactly one of them: where it is farthest from an edge.
    owners = np.zeros(600, int)
    for feature in made.features:
        for word, best in zip(feature.words, feature.best, strict=True):
            owners[word] += best
    assert (owners == 1).all()
    assert made.features[0].best[100]
    assert not made.features[0].best[378]


def test_a_long_question_is_cut(write):
    (feature,) = write("the man", "what " * 100).features
    assert feature.tokens[:66] == ["[CLS]", *["what"] * 64, "[SEP]"]


@pytest.mark.parametrize("text", ["{", "[]", '{"data": [{}]}', '{"data": []}'])
def test_what_are_no_questions(squad, text):
    (squad / "dev-v1.1.json").write_text(text, encoding="utf-8")
    with pytest.raises(MetaError, match=r"dev-v1\.1\.json"):
        Squad(str(squad))


def test_no_vocabulary(squad):
    (squad / "vocab.txt").unlink()
    with pytest.raises(NotFoundError, match=r"SQuAD at .* has no vocabulary"):
        Squad(str(squad))


def test_inputs_by_the_names_of_the_model(squad):
    data = Squad(str(squad), input_names=["a", "b", "c"], count=1)
    assert data.size == 1
    inputs = data.inputs([0])
    assert [(name, array.shape, array.dtype) for name, array in inputs.items()] == [
        (name, (1, LENGTH), np.int64) for name in "abc"
    ]
    with pytest.raises(UsageError, match="three inputs, not 1"):
        Squad(str(squad), input_names=["a"])


# ------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("answer", "original", "aligned"),
    [
        ("steve smith", "Steve Smith's", "Steve Smith"),
        ("1895", "(1895-1943).", "1895"),
        ("cafe", "Café,", "Café"),
        ("bob", "Steve", "Steve"),  # not in it
        ("ab", "a\u0301b", "a\u0301b"),  # characters do not match one to one
        ("old man", "the old  man", "old  man"),
    ],
)
def test_tokens_become_the_text_they_stand_for(answer, original, aligned):
    assert align(answer, original) == aligned


def feature(tokens, best=None):
    return Feature(
        question=0,
        tokens=["[CLS]", "what", "[SEP]", *tokens, "[SEP]"],
        first=3,
        words=range(len(tokens)),
        best=best or [True] * len(tokens),
    )


def logits(**places):
    values = np.full((LENGTH, 2), -10.0)
    for name, (place, score) in places.items():
        values[place, int(name.startswith("end"))] = score
    return values


@pytest.mark.parametrize(
    ("places", "answer"),
    [
        ({"start": (4, 5), "end": (5, 5)}, "Man bought"),
        # The end must not be before the start, nor the answer in the question.
        ({"start": (5, 9), "end": (3, 9), "end_": (5, 1)}, "bought"),
        ({"start": (1, 99), "end": (1, 99), "start_": (3, 1), "end_": (3, 1)}, "The"),
        ({"start": (300, 99), "end": (300, 99), "start_": (3, 1), "end_": (3, 1)}, "The"),
    ],
)
def test_the_best_possible_span(places, answer):
    words = ["The", "Man", "bought."]
    assert best_answer(words, [(feature(["the", "man", "bought"]), logits(**places))]) == answer


def test_an_answer_has_at_most_30_tokens():
    words = [f"w{number}" for number in range(60)]
    far = logits(start=(3, 9), end=(3 + 30, 9), end_=(3 + 29, 8))
    assert best_answer(words, [(feature(words), far)]).split()[-1] == "w29"


def test_a_token_counts_where_it_is_best_seen():
    words = ["a", "b"]
    unseen = (feature(words, [False, False]), logits(start=(3, 9), end=(3, 9)))
    assert best_answer(words, [unseen]) == "empty"
    seen = (feature(words, [True, True]), logits(start=(4, 1), end=(4, 1)))
    assert best_answer(words, [unseen, seen]) == "b"


# --------------------------------------------------------------------------------------- score


@pytest.mark.parametrize(
    ("answer", "truth", "f1", "exact"),
    [
        ("the Milk.", "milk", 1.0, 1.0),
        ("old milk", "milk", 2 / 3, 0.0),
        ("milk milk", "milk", 2 / 3, 0.0),
        ("bread", "milk", 0.0, 0.0),
        ("the", "a", 0.0, 1.0),  # nothing is left of either
    ],
)
def test_words_in_common(answer, truth, f1, exact):
    assert word_f1(answer, truth) == pytest.approx(f1)
    assert exact_match(answer, truth) == exact


def test_scores_are_logged_as_the_reference_does(squad):
    start = np.arange(LENGTH, dtype=np.float32)[None]
    (answer,) = F1(str(squad)).answers([start, start + 0.5], [0])
    assert answer.dtype == np.float32
    assert answer[:2].tolist() == [[0.0, 0.5], [1.0, 1.5]]


def logged(squad, *answers):
    """The log of a model that is sure of these words."""
    made = make_features(squad / "dev-v1.1.json", squad / "vocab.txt")
    log = {}
    for index, answer in enumerate(answers):
        values = np.zeros((LENGTH, 2), np.float32)
        values[made.features[index].tokens.index(answer, made.features[index].first)] = 5
        log[index] = values.tobytes()
    return log


def test_score_in_the_format_of_the_official_tool(squad):
    result = F1(str(squad)).score(logged(squad, "milk", "paris"))
    # "Paris" has one of the two words of "in Paris".
    assert json.loads(result.text) == {"exact_match": 50.0, "f1": pytest.approx((100 + 200 / 3) / 2)}
    assert (result.metric, result.samples) == ("F1", 2)
    assert result.value == pytest.approx((100 + 200 / 3) / 2)


def test_questions_that_were_not_asked_do_not_count(squad):
    assert F1(str(squad)).score(logged(squad, "milk")).value == 100.0


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ({}, "no answers"),
        ({0: b"1234"}, "not made of 384 x 2 float32"),
        ({7: b""}, "sample 7, but there are 2"),
    ],
)
def test_logs_that_cannot_be_judged(squad, log, message):
    with pytest.raises(CMError, match=message):
        F1(str(squad)).score(log)


def test_outputs_that_are_no_scores(squad):
    with pytest.raises(CMError, match="instead of start and end scores"):
        F1(str(squad)).answers([np.zeros((1, LENGTH))], [0])
