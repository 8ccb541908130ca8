"""What all user expressions have in common: syntax, numbers, and errors that point at the mistake.

Python's own parser reads the text; nothing of it is ever executed. Whoever walks the tree names the kinds of
nodes that it takes and refuses all others with :func:`refuse`.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from cm_core import UsageError
from cm_core.base import shortened, to_number

_MAX_LENGTH = 2000
_MAX_DEPTH = 60
_MAX_POWER_BITS = 512
_SHOWN = 100
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
# What people type who come from SQL, C or a shell.
_FOREIGN = {"&&": "and", "||": "or", "<>": "!=", "=": "=="}


class ExpressionError(UsageError):
    """An expression that cannot be read or used; shown with a mark under the place.

    Args:
        text: the expression.
        place: number of the character where it goes wrong, from 0; ``None`` when no place is to blame.
    """

    def __init__(self, message: str, *, text: str, place: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint, details={"expression": text, "place": place})
        self.text = text
        self.place = place

    def explanation(self) -> list[str]:
        """The expression, or what surrounds the place, and the mark."""
        if self.place is None:
            return []
        start = max(0, min(self.place - _SHOWN // 2, len(self.text) - _SHOWN))
        return [f"  {self.text[start : start + _SHOWN]}", " " * (self.place - start + 2) + "^"]


def parse(text: str) -> tuple[ast.expr, str]:
    """The syntax tree of an expression, and the text in one line to which its places refer.

    Raises:
        ExpressionError: when it is none, or too long.
    """
    line = " ".join(text.split("\n")).strip()
    if len(line) > _MAX_LENGTH:
        raise ExpressionError(
            f"an expression of {len(line)} characters is too long, at most {_MAX_LENGTH}", text=line
        )
    if not line:
        raise ExpressionError("the expression is empty", text=line)
    try:
        with warnings.catch_warnings():  # such as for an unknown escape in a string
            warnings.simplefilter("ignore")
            tree = ast.parse(line, mode="eval").body
    except SyntaxError as error:
        raise _syntax_error(error, line) from None
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise ExpressionError(f"cannot read the expression: {reason}", text=line) from None
    _check_depth(tree, line)
    _check_numbers(tree, line)
    return tree, line


def compute(node: ast.operator, left: Any, right: Any) -> float:
    """The value of ``left OPERATOR right``.

    Raises:
        TypeError: when an operand is not a number.
        ArithmeticError, ValueError: when there is no finite result, or one that is too long.
    """
    for operand in (left, right):
        if isinstance(operand, bool) or not isinstance(operand, int | float):
            raise TypeError(f"'{operand}' is not a number")
    if isinstance(node, ast.Pow):
        _check_power(left, right)
    result = _BINARY[type(node)](left, right)
    if isinstance(result, complex) or (isinstance(result, float) and not math.isfinite(result)):
        raise ArithmeticError("the result is not a finite number")
    return result  # type: ignore[no-any-return]


def is_operator(node: ast.operator) -> bool:
    """Whether :func:`compute` knows it."""
    return type(node) in _BINARY


def place_of(node: ast.AST, line: str) -> int:
    """Number of the character where a node begins; the parser counts bytes."""
    return len(line.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))


def refuse(node: ast.AST, line: str, *, why: str = "", hint: str = "") -> NoReturn:
    """Say that this part of the text belongs to no expression of ours.

    Raises:
        ExpressionError: always.
    """
    part = (ast.get_source_segment(line, node) if hasattr(node, "lineno") else "") or type(node).__name__
    shown = shortened(part, _SHOWN)
    message = why or f"'{shown}' is not part of the language of expressions"
    raise ExpressionError(message, text=line, place=place_of(node, line), hint=hint)


def _syntax_error(error: SyntaxError, line: str) -> ExpressionError:
    place = min(error.offset - 1, len(line)) if error.offset else len(line)
    near = line[max(0, place - 1) : place + 2]
    written = next((word for word in _FOREIGN if word in near and "==" not in near), "")
    hint = f"write '{_FOREIGN[written]}' instead of '{written}'" if written else ""
    reason = error.msg.partition(". Maybe you meant")[0].partition(". Perhaps")[0]
    return ExpressionError(f"cannot read the expression: {reason}", text=line, place=place, hint=hint)


def _check_depth(tree: ast.expr, line: str) -> None:
    """Walks of the tree are recursive; a hostile text must not exhaust the stack."""
    level: list[ast.AST] = [tree]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise ExpressionError("the expression is nested too deeply", text=line)


def _check_numbers(tree: ast.expr, line: str) -> None:
    """Refuse numbers of Python that are none to people: ``1_0``, ``0x10``, ``1e999``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            written = ast.get_source_segment(line, node) or ""
            if to_number(written) is None:
                refuse(node, line, why=f"'{written}' is not a number")


def _check_power(base: float, exponent: float) -> None:
    """Refuse what would keep the processor busy for hours."""
    bits = abs(exponent) * max(1.0, math.log2(abs(base) or 1.0))
    if isinstance(base, int) and isinstance(exponent, int) and bits > _MAX_POWER_BITS:
        raise ArithmeticError("the result is too large a number")
