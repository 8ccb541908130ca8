"""Mean average precision by the rules of COCO: overlaps 0.50 to 0.95, 100 boxes an image, all sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

MOST_BOXES = 100
MOST_AREA = 1e10


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """Boxes of many images, one row each.

    Attributes:
        images: number of the image.
        boxes: left, top, width, height in pixels.
    """

    images: Integers
    classes: Integers
    boxes: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth(Boxes):
    """Boxes that people drew.

    Attributes:
        crowds: whether the box is around several objects; detections inside it count neither way.
        areas: in pixels; COCO passes over what is larger than 100,000 squared.
    """

    crowds: Flags
    areas: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections(Boxes):
    """Boxes that a model found."""

    scores: Floats


@dataclass(frozen=True, slots=True)
class _Judged:
    """Detections of one class in one image by falling score; hits and ignored ones: overlap x detection."""

    scores: Floats
    hits: Flags
    ignored: Flags
    wanted: int


def mean_average_precision(truth: Truth, found: Detections, images: Iterable[int]) -> float:
    """The mean over classes and overlaps of the average precision, from 0 to 1; -1 without any truth.

    Args:
        images: numbers of the images that count; an image without detections lowers the result.
    """
    import numpy as np

    counted = np.unique(np.fromiter(images, np.int64))
    by_class: dict[int, list[_Judged]] = {}
    truth_rows, found_rows = _rows_by_pair(truth, counted), _rows_by_pair(found, counted)
    nothing = np.array([], np.intp)
    for pair in sorted(truth_rows.keys() | found_rows.keys()):
        judged = _judge(truth, truth_rows.get(pair, nothing), found, found_rows.get(pair, nothing))
        by_class.setdefault(pair[0], []).append(judged)
    precisions = [_average_precisions(parts) for parts in by_class.values() if any(p.wanted for p in parts)]
    return float(np.mean(precisions)) if precisions else -1.0


def _overlaps() -> Floats:
    import numpy as np

    return np.linspace(0.5, 0.95, 10)


def _rows_by_pair(table: Boxes, images: Integers) -> dict[tuple[int, int], NDArray[np.intp]]:
    """(class, image) -> rows, in the order of the table."""
    return dict(_groups(table, images))


def _groups(table: Boxes, images: Integers) -> Iterator[tuple[tuple[int, int], NDArray[np.intp]]]:
    import numpy as np

    rows = np.flatnonzero(np.isin(table.images, images))
    rows = rows[np.lexsort((table.images[rows], table.classes[rows]))]  # stable: rows stay in order
    keys = np.stack([table.classes[rows], table.images[rows]], axis=1)
    starts = np.flatnonzero(np.any(np.diff(keys, axis=0, prepend=keys[:1] - 1), axis=1))
    for start, end in pairwise([*starts.tolist(), len(rows)]):
        yield (int(keys[start, 0]), int(keys[start, 1])), rows[start:end]


def _judge(truth: Truth, wanted: NDArray[np.intp], found: Detections, given: NDArray[np.intp]) -> _Judged:
    import numpy as np

    order = np.argsort(-found.scores[given], kind="stable")[:MOST_BOXES]
    given = given[order]
    scores = found.scores[given]
    too_large = found.boxes[given][:, 2] * found.boxes[given][:, 3] > MOST_AREA
    shape = (len(_overlaps()), len(given))
    if not len(wanted):
        ignored = np.broadcast_to(too_large, shape)
        return _Judged(scores, np.zeros(shape, np.bool_), ignored, 0)
    crowds = truth.crowds[wanted]
    passed_over = crowds | (truth.areas[wanted] > MOST_AREA)
    order = np.argsort(passed_over, kind="stable")  # real objects first
    wanted, crowds, passed_over = wanted[order], crowds[order], passed_over[order]
    overlap = box_overlaps(found.boxes[given], truth.boxes[wanted], crowds)
    match = _match(overlap, crowds, passed_over)
    hits = match >= 0
    ignored = np.where(hits, passed_over[match], too_large)
    return _Judged(scores, hits, ignored, int((~passed_over).sum()))


def _match(overlap: Floats, crowds: Flags, passed_over: Flags) -> NDArray[np.intp]:
    """The truth that each detection hits at each overlap, -1 for none.

    The best detection chooses first; objects that count come before those that are passed over; a crowd can
    be hit many times.
    """
    import numpy as np

    limits = np.minimum(_overlaps(), 1 - 1e-10)[:, np.newaxis]
    matched = np.full((len(limits), len(overlap)), -1, np.intp)
    free = np.ones((len(limits), len(crowds)), np.bool_)
    for detection, row in enumerate(overlap):
        possible = (free | crowds) & (row >= limits)
        if not possible.any():
            continue
        real = possible & ~passed_over
        possible = np.where(real.any(axis=1, keepdims=True), real, possible)
        # Of equal overlaps the last one is taken, as in the original.
        best = len(row) - 1 - np.argmax(np.where(possible, row, -1.0)[:, ::-1], axis=1)
        hit = possible.any(axis=1)
        matched[hit, detection] = best[hit]
        free[hit, best[hit]] = False
    return matched


def box_overlaps(found: Floats, truth: Floats, crowds: Flags) -> Floats:
    """Intersection over union, or over the detection's own area where the truth is a crowd."""
    import numpy as np

    ends_found, ends_truth = found[:, :2] + found[:, 2:], truth[:, :2] + truth[:, 2:]
    starts = np.maximum(found[:, np.newaxis, :2], truth[np.newaxis, :, :2])
    sides = np.clip(np.minimum(ends_found[:, np.newaxis], ends_truth[np.newaxis]) - starts, 0, None)
    common = sides.prod(axis=2)
    own = found[:, 2:].prod(axis=1)[:, np.newaxis]
    total = np.where(crowds, own, own + truth[:, 2:].prod(axis=1) - common)
    overlaps: Floats = np.divide(common, total, out=np.zeros_like(common), where=total > 0)
    return overlaps


def _average_precisions(parts: list[_Judged]) -> Floats:
    """Of one class, for each overlap: the mean of the precision at 101 levels of recall."""
    import numpy as np

    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind="stable")
    hits = np.concatenate([part.hits for part in parts], axis=1)[:, order]
    counted = ~np.concatenate([part.ignored for part in parts], axis=1)[:, order]
    good = np.cumsum(hits & counted, axis=1, dtype=np.float64)
    bad = np.cumsum(~hits & counted, axis=1, dtype=np.float64)
    recall = good / sum(part.wanted for part in parts)
    precision = good / np.maximum(good + bad, np.spacing(1.0))
    # Precision never rises with recall: each value becomes the best of those after it.
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    levels = np.linspace(0.0, 1.0, 101)
    means = np.empty(len(precision))
    for row, (recalls, precisions) in enumerate(zip(recall, precision, strict=True)):
        at = np.searchsorted(recalls, levels, side="left")
        means[row] = precisions[at[at < len(precisions)]].sum() / len(levels)
    return means
