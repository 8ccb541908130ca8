"""BERT for questions with the names of weights of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_EPSILON = 1e-12
_HEAD_SIZE = 64
_IGNORED = -10000.0


def bert_large(
    weights: Mapping[str, Tensor],
) -> Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Scores of each token as start and as end of the answer, each samples x tokens.

    The inputs are numbers of tokens, mask and segments, each samples x tokens. The number of layers is that
    of the weights, and heads have 64 values each, so smaller models of the family work, too.
    """
    import torch.nn.functional as torch_f

    layers = 0
    while f"bert.encoder.layer.{layers}.output.dense.weight" in weights:
        layers += 1

    def network(numbers: Tensor, mask: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        values = _embed(numbers, segments, weights)
        ignored = (1.0 - mask.to(values.dtype))[:, None, None, :] * _IGNORED
        for layer in range(layers):
            values = _layer(values, ignored, weights, f"bert.encoder.layer.{layer}")
        scores = torch_f.linear(values, weights["qa_outputs.weight"], weights["qa_outputs.bias"])
        return scores[..., 0].contiguous(), scores[..., 1].contiguous()

    return network


def _embed(numbers: Tensor, segments: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    import torch.nn.functional as torch_f

    table = "bert.embeddings."
    positions = weights[f"{table}position_embeddings.weight"][: numbers.shape[1]]
    values = torch_f.embedding(numbers, weights[f"{table}word_embeddings.weight"]) + positions
    values = values + torch_f.embedding(segments, weights[f"{table}token_type_embeddings.weight"])
    return _normalise(values, weights, f"{table}LayerNorm")


def _layer(values: Tensor, ignored: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    import torch.nn.functional as torch_f

    attention = f"{name}.attention"
    query, key, value = (
        _heads(_dense(values, weights, f"{attention}.self.{part}")) for part in ("query", "key", "value")
    )
    found = torch_f.scaled_dot_product_attention(query, key, value, attn_mask=ignored)
    found = found.transpose(1, 2).flatten(2)
    values = values + _dense(found, weights, f"{attention}.output.dense")
    values = _normalise(values, weights, f"{attention}.output.LayerNorm")
    inner = torch_f.gelu(_dense(values, weights, f"{name}.intermediate.dense"))
    values = values + _dense(inner, weights, f"{name}.output.dense")
    return _normalise(values, weights, f"{name}.output.LayerNorm")


def _heads(values: Tensor) -> Tensor:
    """Samples x tokens x values -> samples x heads x tokens x 64."""
    samples, tokens, _ = values.shape
    return values.view(samples, tokens, -1, _HEAD_SIZE).transpose(1, 2)


def _dense(values: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    import torch.nn.functional as torch_f

    return torch_f.linear(values, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _normalise(values: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    import torch.nn.functional as torch_f

    scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return torch_f.layer_norm(values, scale.shape, scale, shift, eps=_EPSILON)
