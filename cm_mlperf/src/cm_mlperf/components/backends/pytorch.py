"""Models of PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, NotFoundError, UsageError
from cm_mlperf.reference.networks.weights import build_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cm_mlperf.interfaces import Inputs

_EXPORTED = ".pt2"


def why_not(device: str) -> str:
    """Why a device cannot be used by the installed PyTorch; ``""`` when it can."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        return "PyTorch finds no CUDA device"
    if device == "mps" and not torch.backends.mps.is_available():
        return "PyTorch finds no Apple GPU"
    return ""


class PyTorchModel:
    """A TorchScript file, a program saved by ``torch.export`` (``.pt2``), or weights of a known network.

    Args:
        model: the file.
        threads: inside one run of the model; 0 leaves it to PyTorch.
        network: ``package.module:function`` that makes the network of a file which holds weights alone.

    Raises:
        CMError: when PyTorch cannot load it.
    """

    def __init__(self, *, model: str, device: str = "cpu", threads: int = 0, network: str = "") -> None:
        import torch

        if not Path(model).is_file():
            raise NotFoundError(f"there is no model file {model}")
        if threads:
            torch.set_num_threads(int(threads))
        self.version = str(torch.__version__)
        self._torch = torch
        self._device = torch.device(device)
        try:
            self._module = self._load(model, network)
        except CMError:
            raise
        except Exception as error:  # it raises whatever its pickles and zip files raise
            reason = " ".join(str(error).split())[:300]
            raise CMError(
                f"PyTorch cannot load {model}: {reason}",
                hint="save it with torch.jit.save or torch.export.save; weights alone are not enough",
            ) from error

    def predict(self, inputs: Inputs) -> Sequence[NDArray[Any]]:
        """Run the model on the inputs in their order."""
        torch = self._torch
        with torch.inference_mode():
            arrays = [torch.from_numpy(value).to(self._device) for value in inputs.values()]
            answer = self._module(*arrays)
        if isinstance(answer, torch.Tensor):
            answer = (answer,)
        elif isinstance(answer, dict):
            answer = tuple(answer.values())
        if not all(isinstance(output, torch.Tensor) for output in answer):
            raise UsageError(
                "the model's outputs are not tensors", hint="export it so that it returns tensors"
            )
        return [output.cpu().numpy() for output in answer]

    def _load(self, model: str, network: str) -> Callable[..., Any]:
        torch = self._torch
        if network:
            return build_network(network, Path(model), str(self._device))
        if model.endswith(_EXPORTED):
            return torch.export.load(model).module()  # type: ignore[no-any-return]
        module = torch.jit.load(model, map_location=self._device)
        return module.to(self._device).eval()  # type: ignore[no-any-return]
