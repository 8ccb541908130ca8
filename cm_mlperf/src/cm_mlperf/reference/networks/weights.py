"""Reads files of weights without running what is in them."""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import MetaError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

# Where checkpoints of trainings keep the weights, beside the state of the training.
_WEIGHT_KEYS = ("model", "state_dict")


class Weights(Mapping[str, "Tensor"]):
    """The weights of a file, by name.

    Args:
        path: of the file, for messages.
    """

    def __init__(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        self._tensors = tensors
        self._path = path

    def __getitem__(self, name: str) -> Tensor:
        try:
            return self._tensors[name]
        except KeyError as error:
            raise MetaError(
                f"{self._path} has no weights '{name}', so it is not a file of this model"
            ) from error

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def build_network(network: str, path: Path, device: str = "cpu") -> Callable[..., Any]:
    """Make a network of a file of weights.

    Args:
        network: ``package.module:function`` that takes the weights.
        device: of PyTorch: ``cpu``, ``cuda`` …

    Raises:
        NotFoundError: when there is no such file.
        MetaError: when it does not have the weights.
    """
    module, _, function = network.partition(":")
    made: Callable[..., Any] = getattr(import_module(module), function)(read_weights(path, device))
    return made


def read_weights(path: Path, device: str = "cpu") -> Weights:
    """Read a file of weights; code that it may hold is not run.

    Raises:
        NotFoundError: when there is no such file.
        MetaError: when it has something else.
    """
    import torch

    try:
        # A training leaves its arguments in its checkpoints; they are data.
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise MetaError(
            f"{path} is not a file of weights: {reason}",
            hint="a pickled model would run code; use its weights or its TorchScript form",
        ) from error
    keys = [key for key in _WEIGHT_KEYS if isinstance(content, dict) and key in content]
    inner = content[keys[0]] if keys else content
    if not isinstance(inner, dict) or not all(isinstance(value, torch.Tensor) for value in inner.values()):
        raise MetaError(f"{path} does not hold weights by name")
    # Trainings on several devices put a word before each name.
    return Weights({name.removeprefix("module."): tensor for name, tensor in inner.items()}, path)
