"""From start and end scores of tokens to the text of an answer, as BERT's own evaluation does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cm_mlperf.reference.squad_features import Feature
from cm_mlperf.reference.wordpiece import split_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    # Token x (start, end).
    Logits = NDArray[np.float64]

BEST_POSITIONS = 20
LONGEST_ANSWER = 30
# What is answered when no span is possible.
NO_ANSWER = "empty"


def best_answer(words: Sequence[str], scored: Sequence[tuple[Feature, Logits]]) -> str:
    """The most likely answer to a question.

    Args:
        words: of its paragraph.
        scored: its features with their scores, in the order of the paragraph.
    """
    best: tuple[float, Feature, int, int] | None = None
    for feature, logits in scored:
        for start, end in _possible_spans(feature, logits):
            score = float(logits[start, 0] + logits[end, 1])
            if best is None or score > best[0]:
                best = score, feature, start, end
    if best is None:
        return NO_ANSWER
    _, feature, start, end = best
    tokens = " ".join(feature.tokens[start : end + 1]).replace(" ##", "").replace("##", "")
    first, last = feature.words[start - feature.first], feature.words[end - feature.first]
    return align(" ".join(tokens.split()), " ".join(words[first : last + 1]))


def _possible_spans(feature: Feature, logits: Logits) -> list[tuple[int, int]]:
    """Spans of the paragraph between likely positions, the likeliest start first."""
    starts, ends = (_most_likely(logits[:, column]) for column in (0, 1))
    last = feature.first + len(feature.words)
    return [
        (start, end)
        for start in starts
        if feature.first <= start < last and feature.best[start - feature.first]
        for end in ends
        if start <= end < last and end - start < LONGEST_ANSWER
    ]


def _most_likely(logits: NDArray[np.float64]) -> list[int]:
    import numpy as np

    return [int(position) for position in np.argsort(-logits, kind="stable")[:BEST_POSITIONS]]


def align(answer: str, original: str) -> str:
    """The part of the original text that an answer made of tokens stands for, letters and accents included.

    For example, ``steve smith`` in ``Steve Smith's`` is ``Steve Smith``. When characters cannot be
    matched one to one, it is all of the original.
    """
    tokenized = " ".join(split_words(original))
    start = tokenized.find(answer)
    if start < 0:
        return original
    places = [place for place, char in enumerate(original) if char != " "]
    if len(places) != len(tokenized.replace(" ", "")):
        return original
    before = len(tokenized[:start].replace(" ", ""))
    length = len(answer.replace(" ", ""))
    if not length:
        return original
    return original[places[before] : places[before + length - 1] + 1]
