"""Judges the compliance tests of language models from their logs.

TEST06 looks at the form of answers: the first token that was reported is that of the answer, an answer ends
with one end token at most, and has as many tokens as it counted. TEST07 asks how good the answers are that
were given while the clock ran, TEST09 how long they are: short answers are fast.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from types import MappingProxyType

from cm_mlperf.loadgen.compliance import Part
from cm_mlperf.loadgen.log import read_entries
from cm_mlperf.loadgen.rounds import Benchmark, TokenLimits

# Beginning of a model's name -> tokens that end its answers.
_END_TOKENS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"llama3": (128001, 128008, 128009), "deepseek": (1,)}
)
_DEFAULT_END_TOKENS = (2,)
# Bytes of a token, the usual one first: systems answer in int32, int64 or int16.
_WIDTHS = (4, 8, 2)
_MEAN = re.compile(r"^Mean output tokens: *([0-9.]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """An answer that was logged in performance mode.

    Attributes:
        first: bytes of the token that was reported first; ``None`` when none was.
        count: number of tokens as reported; ``None`` when it was not.
    """

    sample: int
    data: bytes
    first: bytes | None = None
    count: int | None = None

    def ends_twice(self, width: int, ends: Sequence[bytes]) -> bool:
        """Whether the last two tokens are the same end token; what comes first in an answer is no end."""
        last, before = self.data[-width:], self.data[-2 * width : -width]
        return last == before and last in ends and len(self.data) > 2 * width

    def starts_as_reported(self, width: int) -> bool:
        """Whether the token that was reported first is that of the answer."""
        if not self.first:
            return False
        common = min(len(self.data), len(self.first)) // width * width
        return self.data[:common] == self.first[:common]


def read_token_answers(path: Path) -> list[TokenAnswer]:
    """The answers in an accuracy log with what was reported of their tokens.

    Raises:
        NotFoundError: when there is no such file.
        DamagedError: when it is damaged, or was shortened.
    """
    return read_entries(path, _answer)


def judge_form(answers: Sequence[TokenAnswer], benchmark: str, scenario: str) -> Part:
    """TEST06: the form of answers.

    Args:
        benchmark: name of the model, which decides about the token that ends an answer.
        scenario: Offline has no first tokens.
    """
    width = _width(answers)
    known = (tokens for start, tokens in _END_TOKENS.items() if benchmark.startswith(start))
    ends = [
        token.to_bytes(width, "little")
        for token in next(known, _DEFAULT_END_TOKENS)
        if token >> 8 * width == 0
    ]
    problems = {
        "with another first token": scenario != "Offline"
        and sum(not one.starts_as_reported(width) for one in answers),
        "with more than one end token": sum(one.ends_twice(width, ends) for one in answers),
        "with another length than reported": sum(
            len(one.data) != width * (one.count or 0) for one in answers
        ),
    }
    lines = [f"{number} {what}" for what, number in problems.items() if number]
    return Part(ok=not lines, lines=(f"answers: {len(answers)}", *lines))


def judge_length(answers: Sequence[TokenAnswer], limits: TokenLimits) -> Part:
    """TEST09: the mean length of answers, of four bytes a token as the rules count them."""
    return judge_figure("mean tokens", fmean(len(one.data) // _WIDTHS[0] for one in answers), limits)


def judge_figure(what: str, value: float, limits: TokenLimits) -> Part:
    """A figure against the limits of the round."""
    ok = limits.lower <= value and (limits.upper is None or value <= limits.upper)
    return Part(ok=ok, lines=(f"{what}: {value:.6g}",))


def read_mean_tokens(text: str) -> float | None:
    """The mean length of answers in the text of TEST09."""
    values = _MEAN.findall(text)
    return float(values[-1]) if values else None


def limits_of(benchmark: Benchmark | None, test: str) -> TokenLimits | None:
    """What a round demands in TEST07 and TEST09."""
    return None if benchmark is None else benchmark.compliance_limits.get(test)


def _answer(entry: Mapping[str, str]) -> TokenAnswer:
    first, count = entry.get("token_data"), entry.get("token_count")
    return TokenAnswer(
        sample=int(entry["qsl_idx"]),
        data=bytes.fromhex(entry["data"]),
        first=None if first is None else bytes.fromhex(first),
        count=None if count is None else int(count),
    )


def _width(answers: Sequence[TokenAnswer]) -> int:
    """Bytes of a token: those with which most lengths are as reported."""
    return max(_WIDTHS, key=lambda width: sum(len(one.data) == width * (one.count or 0) for one in answers))
