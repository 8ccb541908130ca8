"""SQuAD v1.1 questions for BERT, and F1 of the answers."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cm_core import CMError, UsageError
from cm_mlperf.interfaces import AccuracyResult
from cm_mlperf.reference.location import find_parts
from cm_mlperf.reference.samples import first, sample_of
from cm_mlperf.reference.squad_answers import best_answer
from cm_mlperf.reference.squad_features import LENGTH, Feature, Features, Question, make_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PARTS = {"questions": ("dev-v1.1.json",), "vocabulary": ("vocab.txt",)}
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Squad:
    """Questions with parts of their paragraphs, 384 tokens each.

    Args:
        path: folder with ``dev-v1.1.json`` and the model's ``vocab.txt``.
        input_names: of token numbers, mask and segments, in this order.
        count: use only the first samples; 0 means all.

    Raises:
        NotFoundError: when a file is missing.
        MetaError: when one cannot be read.
    """

    def __init__(
        self,
        path: str,
        *,
        input_names: Sequence[str] = ("input_ids", "input_mask", "segment_ids"),
        count: int | str = 0,
    ) -> None:
        if len(input_names) != 3:
            raise UsageError(
                f"BERT has three inputs, not {len(input_names)}",
                hint="input_names are those of token numbers, mask and segments",
            )
        features = read_features(path)
        self._arrays = {
            name: array[first(count)] for name, array in zip(input_names, features.arrays, strict=True)
        }
        self._size = len(features.features[first(count)])

    @property
    def size(self) -> int:
        return self._size

    def load(self, indices: Sequence[int]) -> None:
        """Nothing to do: all samples are small and in memory."""

    def unload(self, indices: Sequence[int]) -> None:
        """Nothing to do."""

    def inputs(self, indices: Sequence[int]) -> Mapping[str, NDArray[Any]]:
        return {name: array[list(indices)] for name, array in self._arrays.items()}


class F1:
    """Agreement of words with the answers of people, as the evaluation of SQuAD v1.1 defines it.

    Args:
        dataset: path of the :class:`Squad` data set.
    """

    def __init__(self, dataset: str) -> None:
        self._path = dataset

    @cached_property
    def _features(self) -> Features:
        return read_features(self._path)

    def answers(self, outputs: Sequence[NDArray[Any]], indices: Sequence[int]) -> NDArray[np.float32]:
        """For each token its scores as start and as end of the answer: samples x 384 x 2 float32."""
        import numpy as np

        shapes = [output.shape for output in outputs]
        expected = (len(indices), LENGTH)
        if shapes != [expected, expected]:
            raise CMError(f"the model gives {shapes} instead of start and end scores, each {expected}")
        return np.stack(outputs, axis=-1).astype(np.float32, copy=False)

    def score(self, logged: Mapping[int, bytes]) -> AccuracyResult:
        """Judge the answers; a question none of whose parts was asked is not counted."""
        if not logged:
            raise CMError("there are no answers to judge")
        scored = self._scores(logged)
        exact = agreement = 0.0
        for index, parts in scored.items():
            question = self._features.questions[index]
            answer = best_answer(question.words, parts)
            exact += best_of(exact_match, answer, question)
            agreement += best_of(word_f1, answer, question)
        exact, agreement = (100.0 * total / len(scored) for total in (exact, agreement))
        text = f'{{"exact_match": {exact}, "f1": {agreement}}}'
        return AccuracyResult(metric="F1", value=agreement, samples=len(logged), text=text)

    def _scores(self, logged: Mapping[int, bytes]) -> dict[int, list[tuple[Feature, NDArray[np.float64]]]]:
        """Question -> its features with their logged scores."""
        import numpy as np

        features = self._features.features
        scored: dict[int, list[tuple[Feature, NDArray[np.float64]]]] = {}
        for index in sorted(logged):
            feature = sample_of(features, index, "samples")
            if len(logged[index]) != LENGTH * 2 * 4:
                raise CMError(f"the answer of sample {index} is not made of {LENGTH} x 2 float32")
            logits = np.frombuffer(logged[index], np.float32).reshape(LENGTH, 2).astype(np.float64)
            scored.setdefault(feature.question, []).append((feature, logits))
        return scored


def read_features(path: str) -> Features:
    """Make the features of the data set at a path.

    Raises:
        NotFoundError: when a file is missing.
        MetaError: when one cannot be read.
    """
    parts = find_parts(path, _PARTS, what="SQuAD")
    return make_features(parts["questions"], parts["vocabulary"])


def best_of(measure: Callable[[str, str], float], answer: str, question: Question) -> float:
    """The best value over the answers that people gave."""
    return max((measure(answer, truth) for truth in question.answers), default=0.0)


def word_f1(answer: str, truth: str) -> float:
    """Harmonic mean of precision and recall of words."""
    given, wanted = _normalise(answer).split(), _normalise(truth).split()
    common = (Counter(given) & Counter(wanted)).total()
    if not common:
        return 0.0
    precision, recall = common / len(given), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def exact_match(answer: str, truth: str) -> float:
    """1 when they have the same words, else 0."""
    return float(_normalise(answer) == _normalise(truth))


def _normalise(text: str) -> str:
    """Lower case, without punctuation, articles and superfluous spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_WITHOUT_PUNCTUATION)).split())
