"""The checkers of this distribution."""

from __future__ import annotations

from cm_mlperf.checking.finding import Checker

CHECKERS: tuple[Checker, ...] = (
    Checker(name="cm", help="our strict validator", check="cm_mlperf.checking.strict:check_tree"),
    Checker(
        name="official",
        help="the checker of MLCommons, where its sources are",
        check="cm_mlperf.checking.official:check_tree",
    ),
)
