"""The checkers of this distribution."""

from __future__ import annotations

from cm_mlperf.checking.finding import Checker

CHECKERS: tuple[Checker, ...] = (
    Checker(name="cm", help="the built-in strict validator", check="cm_mlperf.checking.shares:check_tree"),
    Checker(
        name="official",
        help="the official checker of MLCommons, if its sources are available",
        check="cm_mlperf.checking.official:check_tree",
    ),
)
