"""Questions and paragraphs of SQuAD as BERT reads them: 384 tokens, long paragraphs in overlapping parts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import MetaError
from cm_mlperf.reference.wordpiece import END, START, WordPiece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LENGTH = 384
LONGEST_QUESTION = 64
STRIDE = 128
# Not all that Unicode calls a space, but what the reference does.
_SPACES = tuple(map(ord, "\t\r\n\u202f"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question.

    Attributes:
        words: of its paragraph, split at spaces.
        answers: that people gave.
    """

    identifier: str
    text: str
    words: Sequence[str]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What BERT is asked: a question and a part of its paragraph.

    Attributes:
        question: its index.
        tokens: of both.
        first: position of the first token of the paragraph.
        words: for each token of the paragraph from there on, its word.
        best: whether this part shows the most of what is around that token, of all parts that have it.
    """

    question: int
    tokens: Sequence[str]
    first: int
    words: Sequence[int]
    best: Sequence[bool]


@dataclass(frozen=True)
class Features:
    """All features of a file of questions, in the order of the data set's samples."""

    questions: Sequence[Question]
    features: Sequence[Feature]
    tokenizer: WordPiece

    @cached_property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Token numbers, mask and segments, each features x 384."""
        import numpy as np

        shape = (len(self.features), LENGTH)
        numbers, mask, segments = (np.zeros(shape, np.int64) for _ in range(3))
        for row, feature in enumerate(self.features):
            used = len(feature.tokens)
            numbers[row, :used] = self.tokenizer.numbers(feature.tokens)
            mask[row, :used] = 1
            segments[row, feature.first : used] = 1
        return numbers, mask, segments


def make_features(questions_file: Path, vocabulary: Path) -> Features:
    """Read questions and make features of them.

    Args:
        questions_file: ``dev-v1.1.json`` or a file of the same form.
        vocabulary: ``vocab.txt`` of the model.

    Raises:
        MetaError: when a file cannot be read.
        NotFoundError: when there is no vocabulary.
    """
    tokenizer = WordPiece(vocabulary)
    questions = read_questions(questions_file)
    features: list[Feature] = []
    paragraph: tuple[list[str], list[int]] = ([], [])
    words: Sequence[str] = ()
    for index, question in enumerate(questions):
        if question.words is not words:  # many questions have one paragraph
            words = question.words
            paragraph = _tokenize_words(words, tokenizer)
        asked = tokenizer.tokenize(question.text)[:LONGEST_QUESTION]
        features += _features(index, asked, *paragraph)
    return Features(questions, features, tokenizer)


def read_questions(file: Path) -> list[Question]:
    """The questions of a file in the format of SQuAD, in its order.

    Raises:
        MetaError: when it is not one, or has no question.
    """
    try:
        questions = list(_questions(json.loads(file.read_text(encoding="utf-8"))))
    except (ValueError, KeyError, TypeError) as error:
        raise MetaError(f"{file} is not in the format of SQuAD: {error!r}") from error
    if not questions:
        raise MetaError(f"{file} has no question")
    return questions


def _questions(content: Any) -> Iterator[Question]:
    for article in content["data"]:
        for paragraph in article["paragraphs"]:
            words = _split_at_spaces(paragraph["context"])
            for entry in paragraph["qas"]:
                answers = tuple(answer["text"] for answer in entry["answers"])
                yield Question(identifier=entry["id"], text=entry["question"], words=words, answers=answers)


def _split_at_spaces(text: str) -> list[str]:
    return [word for word in text.translate(dict.fromkeys(_SPACES, " ")).split(" ") if word]


def _tokenize_words(words: Sequence[str], tokenizer: WordPiece) -> tuple[list[str], list[int]]:
    """Tokens, and for each its word."""
    tokens: list[str] = []
    origins: list[int] = []
    for index, word in enumerate(words):
        pieces = tokenizer.tokenize(word)
        tokens += pieces
        origins += [index] * len(pieces)
    return tokens, origins


def _features(
    question: int, asked: Sequence[str], tokens: Sequence[str], origins: Sequence[int]
) -> Iterator[Feature]:
    spans = _spans(len(tokens), LENGTH - len(asked) - 3)
    owners = _owners(spans, len(tokens))
    for number, (start, end) in enumerate(spans):
        yield Feature(
            question=question,
            tokens=[START, *asked, END, *tokens[start:end], END],
            first=len(asked) + 2,
            words=origins[start:end],
            best=[owner == number for owner in owners[start:end]],
        )


def _spans(length: int, room: int) -> list[tuple[int, int]]:
    """Parts of a paragraph of so many tokens, each of which has room in one feature."""
    spans = []
    start = 0
    while start < length:
        end = min(start + room, length)
        spans.append((start, end))
        if end == length:
            break
        start += min(room, STRIDE)
    return spans


def _owners(spans: Sequence[tuple[int, int]], length: int) -> list[int]:
    """For each token the span with the most tokens on the side where it has fewer of them."""
    best = [float("-inf")] * length
    owners = [0] * length
    for number, (start, end) in enumerate(spans):
        for token in range(start, end):
            context = min(token - start, end - 1 - token) + 0.01 * (end - start)
            if context > best[token]:
                best[token], owners[token] = context, number
    return owners
