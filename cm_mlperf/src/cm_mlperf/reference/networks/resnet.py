"""ResNet-50 v1.5 and ResNeXt-50 with the names of weights of torchvision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_BLOCKS = (3, 4, 6, 3)
_EPSILON = 1e-5


def resnet50(weights: Mapping[str, Tensor]) -> Callable[[Tensor], Tensor]:
    """Scores of 1,000 classes of images, samples x RGB x 224 x 224, normalised as torchvision does."""
    import torch.nn.functional as torch_f

    def network(images: Tensor) -> Tensor:
        features = stages(images, weights)[-1].mean(dim=(2, 3))
        return torch_f.linear(features, weights["fc.weight"], weights["fc.bias"])

    return network


def stages(images: Tensor, weights: Mapping[str, Tensor], prefix: str = "", groups: int = 1) -> list[Tensor]:
    """The outputs of the four stages, each half as wide and high as the one before.

    Args:
        prefix: of the names of the weights.
        groups: of the middle convolution: 1 for ResNet, 32 for ResNeXt.
    """
    import torch.nn.functional as torch_f

    values = torch_f.conv2d(images, weights[f"{prefix}conv1.weight"], stride=2, padding=3)
    values = torch_f.relu(_normalise(values, weights, f"{prefix}bn1"))
    values = torch_f.max_pool2d(values, 3, stride=2, padding=1)
    outputs = []
    for stage, blocks in enumerate(_BLOCKS, start=1):
        for block in range(blocks):
            stride = 2 if stage > 1 and block == 0 else 1
            values = _bottleneck(values, weights, f"{prefix}layer{stage}.{block}", stride, groups)
        outputs.append(values)
    return outputs


def _bottleneck(values: Tensor, weights: Mapping[str, Tensor], name: str, stride: int, groups: int) -> Tensor:
    import torch.nn.functional as torch_f

    inner = torch_f.conv2d(values, weights[f"{name}.conv1.weight"])
    inner = torch_f.relu(_normalise(inner, weights, f"{name}.bn1"))
    # "v1.5": the middle convolution halves the size, not the first one.
    middle = weights[f"{name}.conv2.weight"]
    inner = torch_f.conv2d(inner, middle, stride=stride, padding=1, groups=groups)
    inner = torch_f.relu(_normalise(inner, weights, f"{name}.bn2"))
    inner = _normalise(torch_f.conv2d(inner, weights[f"{name}.conv3.weight"]), weights, f"{name}.bn3")
    if f"{name}.downsample.0.weight" in weights:
        values = torch_f.conv2d(values, weights[f"{name}.downsample.0.weight"], stride=stride)
        values = _normalise(values, weights, f"{name}.downsample.1")
    return torch_f.relu(inner + values)


def _normalise(values: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    import torch.nn.functional as torch_f

    mean, variance = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return torch_f.batch_norm(values, mean, variance, scale, shift, eps=_EPSILON)
