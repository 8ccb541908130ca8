"""Reads ``accuracy.txt``: what the accuracy scripts of the benchmarks print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"


def _quote_key(key: str) -> str:
    return rf".*['\"]{re.escape(key)}['\"]:\s*'?{_NUMBER}"


# Metric -> pattern of its line; the names are those of the official checker.
METRICS: Mapping[str, str] = MappingProxyType(
    {
        "acc": rf"(?:\{{\"accuracy\":\s*|accuracy[=:]\s*){_NUMBER}",
        "AUC": rf"AUC={_NUMBER}",
        "mAP": rf".*(?:mAP=|'Total':\s*){_NUMBER}",
        "F1": rf"\{{['\"]exact_match['\"]:\s*[0-9.]+,\s*['\"]f1['\"]:\s*{_NUMBER}\}}",
        "DICE": rf"Accuracy:\s*mean\s*=\s*{_NUMBER}",
        "ACCURACY": rf"Word Error Rate:.*, accuracy={_NUMBER}%",
        "ROUGE1": _quote_key("rouge1"),
        "ROUGE2": _quote_key("rouge2"),
        "ROUGEL": _quote_key("rougeL"),
        "ROUGELSUM": _quote_key("rougeLsum"),
        "GEN_LEN": _quote_key("gen_len"),
        "TOKENS_PER_SAMPLE": _quote_key("tokens_per_sample"),
        "CLIP_SCORE": _quote_key("CLIP_SCORE"),
        "FID_SCORE": _quote_key("FID_SCORE"),
        "gsm8k_accuracy": _quote_key("gsm8k"),
        "mbxp_accuracy": _quote_key("mbxp"),
        "exact_match": _quote_key("exact_match"),
        "vbench_score": _quote_key("vbench_score"),
        "DLRM_NE": rf".*metric/lifetime_ne/rating:\s*{_NUMBER}",
        "DLRM_ACC": rf".*metric/lifetime_accuracy/rating:\s*{_NUMBER}",
        "DLRM_AUC": rf".*metric/lifetime_gauc/rating:\s*{_NUMBER}",
        "F1_HIERARCHICAL": rf"\{{.*\"f1\":\s*{_NUMBER}",
        "E2E_ACCURACY": rf"Accuracy:\s*{_NUMBER}",
    }
)
# How such a line looks, for a person whose file has none.
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "acc": "accuracy=75.700%, good=37850, total=50000",
        "mAP": "mAP=37.5%",
        "F1": '{"exact_match": 83.6, "f1": 90.8}',
        "DICE": "Accuracy: mean = 0.86170",
        "AUC": "AUC=80.310%",
    }
)


def read_metric(text: str, metric: str) -> float | None:
    """The value of a metric, the last one when there are several; ``None`` when no line has it."""
    values = [match[1] for line in text.splitlines() if (match := re.match(METRICS[metric], line))]
    return float(values[-1]) if values else None


def read_hash(text: str) -> str:
    """The hash of the complete accuracy log, ``""`` when there is none."""
    match = re.search(r"^hash=(\w+)$", text, re.MULTILINE)
    return match[1] if match else ""


def read_total(text: str) -> int | None:
    """The number of judged samples, from ``total=50000``; ``None`` when the text does not say.

    A recommendation model judges several pairs for each sample, which its text counts as ``queries=330067``.
    """
    match = re.search(r"\bqueries=([0-9]+)", text) or re.search(r"\btotal=([0-9]+)", text)
    return int(match[1]) if match else None
