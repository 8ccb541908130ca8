"""RetinaNet with a ResNeXt-50 backbone, with the names of weights of torchvision and the MLPerf training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Detections = tuple[Tensor, Tensor, Tensor]

_MEANS = (0.485, 0.456, 0.406)
_DEVIATIONS = (0.229, 0.224, 0.225)
_GROUPS = 32
# Nine boxes for each place of a level: three sizes of this and of two steps up, each in three shapes.
_LEVEL_SIZES = (32, 64, 128, 256, 512)
_SHAPES = (0.5, 1.0, 2.0)
_SCORE_THRESHOLD = 0.05
_SAME_OVERLAP = 0.5
_CANDIDATES = 1000
_MOST_BOXES = 300
_MOST_GROWTH = math.log(1000.0 / 16)


def retinanet(weights: Mapping[str, Tensor]) -> Callable[[Tensor], Detections]:
    """Boxes (left, top, right, bottom), scores and classes of images, samples x RGB x 800 x 800, 0 to 1.

    All samples have as many rows as the one with the most boxes; the scores of those too many are 0.
    """
    import torch

    means, deviations = (
        torch.tensor(values, device=weights["backbone.body.conv1.weight"].device).view(3, 1, 1)
        for values in (_MEANS, _DEVIATIONS)
    )

    def network(images: Tensor) -> Detections:
        levels = _pyramid((images - means) / deviations, weights)
        classes = [_head(level, weights, "classification_head", "cls_logits") for level in levels]
        moves = [_head(level, weights, "regression_head", "bbox_reg") for level in levels]
        anchors = [_anchors(level, images, size) for level, size in zip(levels, _LEVEL_SIZES, strict=True)]
        found = [
            _detect(
                [level[sample] for level in classes],
                [level[sample] for level in moves],
                anchors,
                images.shape,
            )
            for sample in range(len(images))
        ]
        boxes, scores, labels = (
            torch.nn.utils.rnn.pad_sequence(list(parts), batch_first=True)
            for parts in zip(*found, strict=True)
        )
        return boxes, scores, labels

    return network


def _pyramid(images: Tensor, weights: Mapping[str, Tensor]) -> list[Tensor]:
    """Feature maps of five levels, 1/8 to 1/128 of the size."""
    import torch.nn.functional as torch_f

    from cm_mlperf.reference.networks.resnet import stages

    inner = [
        _convolve(stage, weights, _block(weights, f"backbone.fpn.inner_blocks.{level}"))
        for level, stage in enumerate(stages(images, weights, "backbone.body.", _GROUPS)[1:])
    ]
    for level in (1, 0):
        inner[level] = inner[level] + torch_f.interpolate(inner[level + 1], size=inner[level].shape[-2:])
    levels = [
        _convolve(values, weights, _block(weights, f"backbone.fpn.layer_blocks.{level}"), padding=1)
        for level, values in enumerate(inner)
    ]
    for name in ("p6", "p7"):
        values = levels[-1] if name == "p6" else torch_f.relu(levels[-1])
        levels.append(_convolve(values, weights, f"backbone.fpn.extra_blocks.{name}", padding=1, stride=2))
    return levels


def _head(level: Tensor, weights: Mapping[str, Tensor], head: str, last: str) -> Tensor:
    """Samples x boxes x values of a head for one level; nine boxes for each place."""
    import torch.nn.functional as torch_f

    values = level
    for number in range(4):
        # Older versions of torchvision number the layers 0, 2, 4, 6, newer ones name them.
        name = f"head.{head}.conv.{number}.0"
        name = name if f"{name}.weight" in weights else f"head.{head}.conv.{2 * number}"
        values = torch_f.relu(_convolve(values, weights, name, padding=1))
    values = _convolve(values, weights, f"head.{head}.{last}", padding=1)
    samples, channels, height, width = values.shape
    boxes = len(_SHAPES) * 3
    values = values.view(samples, boxes, channels // boxes, height, width).permute(0, 3, 4, 1, 2)
    return values.reshape(samples, -1, channels // boxes)


def _anchors(level: Tensor, images: Tensor, size: int) -> Tensor:
    """The boxes that a level starts from: left, top, right, bottom."""
    import torch

    sizes = torch.tensor([size, int(size * 2 ** (1 / 3)), int(size * 2 ** (2 / 3))], dtype=torch.float32)
    tall = torch.sqrt(torch.tensor(_SHAPES))
    widths = (1 / tall[:, None] * sizes).view(-1)
    heights = (tall[:, None] * sizes).view(-1)
    base = (torch.stack([-widths, -heights, widths, heights], dim=1) / 2).round()
    height, width = level.shape[-2:]
    rows = torch.arange(height) * (images.shape[-2] // height)
    columns = torch.arange(width) * (images.shape[-1] // width)
    top, left = (axis.reshape(-1) for axis in torch.meshgrid(rows, columns, indexing="ij"))
    shifts = torch.stack([left, top, left, top], dim=1)
    return (shifts[:, None] + base).view(-1, 4).to(level.device)


def _detect(
    classes: list[Tensor], moves: list[Tensor], anchors: list[Tensor], shape: tuple[int, ...]
) -> Detections:
    """Boxes, scores and classes of one sample, best first."""
    import torch

    found = [_candidates(*level, shape) for level in zip(classes, moves, anchors, strict=True)]
    boxes, scores, labels = (torch.cat(parts) for parts in zip(*found, strict=True))
    kept = _suppress(boxes, scores, labels)[:_MOST_BOXES]
    return boxes[kept], scores[kept], labels[kept]


def _candidates(classes: Tensor, moves: Tensor, anchors: Tensor, shape: tuple[int, ...]) -> Detections:
    """The best boxes of one level."""
    import torch

    flat = classes.flatten().sigmoid()
    possible = torch.where(flat > _SCORE_THRESHOLD)[0]
    scores, order = flat[possible].topk(min(_CANDIDATES, len(possible)))
    chosen = possible[order]
    place = torch.div(chosen, classes.shape[-1], rounding_mode="floor")
    return _move(anchors[place], moves[place], shape), scores, chosen % classes.shape[-1]


def _move(anchors: Tensor, moves: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Boxes at their place, inside the image."""
    import torch

    sizes = anchors[:, 2:] - anchors[:, :2]
    centres = anchors[:, :2] + 0.5 * sizes + moves[:, :2] * sizes
    halves = moves[:, 2:].clamp(max=_MOST_GROWTH).exp() * sizes * 0.5
    boxes = torch.cat([centres - halves, centres + halves], dim=1)
    height, width = shape[-2:]
    limits = torch.tensor([width, height, width, height], dtype=boxes.dtype, device=boxes.device)
    return boxes.clamp(min=0).minimum(limits)


def _suppress(boxes: Tensor, scores: Tensor, labels: Tensor) -> Tensor:
    """Rows to keep, best first: a box goes when a better one of its class covers half of both together."""
    import numpy as np
    import torch

    order = scores.argsort(descending=True, stable=True)
    boxes, labels = boxes[order], labels[order]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    sides = torch.minimum(boxes[:, None, 2:], boxes[:, 2:]) - torch.maximum(boxes[:, None, :2], boxes[:, :2])
    common = sides.clamp(min=0).prod(dim=2)
    covered = common / (areas[:, None] + areas - common) > _SAME_OVERLAP
    covering = (covered & (labels[:, None] == labels)).cpu().numpy()
    kept = []
    gone = np.zeros(len(covering), np.bool_)
    for row, covers in enumerate(covering):
        if not gone[row]:
            kept.append(row)
            gone |= covers
    return order[torch.tensor(kept, dtype=torch.long, device=order.device)]


def _block(weights: Mapping[str, Tensor], name: str) -> str:
    """Newer versions of torchvision wrap the layers of a pyramid."""
    return f"{name}.0" if f"{name}.0.weight" in weights else name


def _convolve(
    values: Tensor, weights: Mapping[str, Tensor], name: str, *, padding: int = 0, stride: int = 1
) -> Tensor:
    import torch.nn.functional as torch_f

    kernel, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return torch_f.conv2d(values, kernel, bias, stride=stride, padding=padding)
