"""The audit runs of the rules: TEST01 logs answers in performance mode, TEST04 repeats one sample.

LoadGen reads these settings from ``audit.config`` over all others.
"""

from __future__ import annotations

from collections.abc import Sequence

from cm_core import UsageError
from cm_mlperf.loadgen.scenario import Mode

# The rules fix the seed, and how many answers TEST01 should log of each benchmark.
_SEED = 720381539243781796
_ANSWERS = {"retinanet": 256, "yolo": 64, "3d-unet-99": 64, "3d-unet-99.9": 64}
_ANSWERS_OF_OTHERS = 4096
_PERFORMANCE_MODE = 2
COMPLIANCE: tuple[Mode, ...] = ("TEST01", "TEST04")
# Benchmarks whose time depends on the sample, which TEST04 does not suit.
_UNEVEN = ("rnnt", "bert", "dlrm", "3d-unet", "retinanet", "gptj")


def audit_text(test: Mode, benchmark: str, size: int) -> str:
    """``audit.config`` of a test.

    Args:
        benchmark: official one, or ``""``.
        size: number of samples of the data set.
    """
    lines = {"mode": _PERFORMANCE_MODE}
    if test == "TEST01":
        lines["accuracy_log_rng_seed"] = _SEED
        lines["accuracy_log_sampling_target"] = _ANSWERS.get(benchmark, _ANSWERS_OF_OTHERS)
    else:
        lines["performance_issue_unique"] = 0
        lines["performance_issue_same"] = 1
        lines["performance_issue_same_index"] = min(3, size - 1)
    return "".join(f"*.*.{key} = {value}\n" for key, value in lines.items())


def check_tests(modes: Sequence[Mode], benchmark: str) -> None:
    """Refuse tests that the rules do not have for a benchmark.

    Raises:
        UsageError: for TEST04 on samples of different size.
    """
    if "TEST04" in modes and benchmark.startswith(_UNEVEN):
        raise UsageError(
            f"the rules have no TEST04 for {benchmark}, whose time depends on the sample",
            hint="write --compliance=TEST01",
        )
