"""The values of a variable, as people write them: ``range(1, 9)``, ``2**i for i in range(6)``, ``fp32,int8``.

A small language over :mod:`cm_report.expressions`, which computes the single values; nothing is executed as
Python. See ``docs/reference/experiments.md``.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from cm_core import UsageError, frozen
from cm_core.base import holds_secret, is_secret, to_number
from cm_report.arithmetic import ExpressionError, parse, refuse
from cm_report.expressions import Expression

Scalar = str | int | float

_MOST_VALUES = 100_000
_WORDS = re.compile(r"[^\W\d][\w.+-]*(,[\w.+-]+)*|[\w.+-]+(,[\w.+-]+)*,[^\W\d][\w.+-]*(,[\w.+-]+)*")
_HELP = "write a list, range(1,9), 2**i for i in range(6), linspace(0,1,5), logspace(0,3,4) or uniform(0,1)"


@frozen
class Domain:
    """Where the values of a variable come from: a list, or all numbers between two.

    Attributes:
        values: the list; empty for numbers between ``low`` and ``high``.
        low, high: the ends, both included.
        integer: whether only whole numbers count.
        log: whether 1 to 10 has as much weight as 10 to 100.
    """

    values: tuple[Scalar, ...] = ()
    low: float = 0.0
    high: float = 0.0
    integer: bool = False
    log: bool = False

    @property
    def is_list(self) -> bool:
        return bool(self.values)

    def to_json(self) -> dict[str, Any]:
        """How the record of a study holds it; what is left out is the default."""
        if self.is_list:
            return {"values": list(self.values)}
        return {"low": self.low, "high": self.high, "integer": self.integer, "log": self.log}


def domain_of(name: str, given: object) -> Domain:
    """The domain that a person or a file gives for a variable.

    Args:
        name: of the variable, for messages.
        given: a list of values, a number, or a text in the language of this module.

    Raises:
        UsageError: when it is none, or holds secrets; an :class:`ExpressionError` shows the place.
    """
    try:
        domain = _domain_of(name, given)
    except UsageError:
        if is_secret(name):
            raise _secret_values(name) from None  # the other one shows the values
        raise
    # Numbers are none: NUMBER_OF_TOKENS=128,256.
    if any(isinstance(value, str) and holds_secret(name, value) for value in domain.values):
        raise _secret_values(name)
    return domain


def _secret_values(name: str) -> UsageError:
    return UsageError(
        f"the values of the variable {name} are secrets, and variables are recorded and shown",
        hint=f"give a secret in the environment, not with --explore: {name}=… cm run experiment …",
    )


def _domain_of(name: str, given: object) -> Domain:
    if isinstance(given, list | tuple):
        return Domain(values=_check_values(name, [_plain(name, item) for item in given]))
    if isinstance(given, bool) or given is None:
        raise UsageError(f"the variable {name} needs values", hint=f"write --explore.{name}=1,2,4")
    if not isinstance(given, str | int | float):
        raise UsageError(f"'{given}' are not valid values for the variable {name}", hint=_HELP)
    if isinstance(given, int | float):
        return Domain(values=(given,))
    text = given.strip()
    if _WORDS.fullmatch(text):
        return Domain(values=tuple(_word(word) for word in text.split(",")))
    try:
        return _read(name, text)
    except ExpressionError as error:
        message = f"variable {name}: {error.message}"
        raise ExpressionError(message, text=error.text, place=error.place, hint=error.hint or _HELP) from None


def _plain(name: str, item: object) -> Scalar:
    if isinstance(item, bool):
        return str(item)
    if not isinstance(item, str | int | float):
        raise UsageError(f"a value of the variable {name} must be a number or text, not {item!r}")
    return item


def _word(word: str) -> Scalar:
    number = to_number(word)
    if number is None:
        return word
    return number if any(letter in word for letter in ".eE") else int(word)


def _check_values(name: str, values: Sequence[Scalar]) -> tuple[Scalar, ...]:
    if not values:
        raise UsageError(f"the variable {name} has no values", hint=_HELP)
    if len(values) > _MOST_VALUES:
        raise UsageError(f"the variable {name} has {len(values)} values, at most {_MOST_VALUES} are possible")
    return tuple(values)


def _read(name: str, text: str) -> Domain:
    # Python takes a comprehension without brackets for an error.
    bare = bool(re.search(r"\bfor\b", text)) and not text.startswith(("[", "("))
    tree, line = parse(f"[{text}]" if bare else text)
    function = _function(tree)
    if function in _INTERVALS:
        return _INTERVALS[function](_Reader(line), tree)
    reader = _Reader(line)
    values = reader.values(tree) if reader.is_list(tree) else [reader.scalar(tree, {})]
    return Domain(values=_check_values(name, values))


def _function(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


class _Reader:
    """Turns parts of the syntax tree into values; everything it does not name is refused."""

    def __init__(self, line: str) -> None:
        self.line = line

    def is_list(self, node: ast.AST) -> bool:
        """Whether a part stands for several values."""
        if isinstance(node, ast.BinOp):
            return self.is_list(node.left) and self.is_list(node.right)
        listed = isinstance(node, ast.List | ast.Tuple | ast.ListComp | ast.GeneratorExp)
        return listed or _function(node) in (*_LISTS, "list")

    def values(self, node: ast.AST) -> list[Scalar]:
        """The values of a list."""
        if not self.is_list(node):
            refuse(node, self.line, why="this is not a list of values", hint=_HELP)
        if isinstance(node, ast.List | ast.Tuple):
            return [self.scalar(item, {}) for item in node.elts]
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            return self._comprehension(node)
        if isinstance(node, ast.BinOp):
            if not isinstance(node.op, ast.Add):
                refuse(node, self.line, why="lists can be added, nothing else")
            return [*self.values(node.left), *self.values(node.right)]
        if isinstance(node, ast.Call) and _function(node) == "list":
            if len(node.args) != 1 or node.keywords:
                refuse(node, self.line, why="list() takes one list")
            return self.values(node.args[0])
        return _LISTS[_function(node)](self, node)

    def scalar(self, node: ast.expr, bound: Mapping[str, Any]) -> Scalar:
        """One value, computed."""
        expression = Expression.from_tree(node, self.line)
        if unknown := sorted(expression.names - bound.keys()):
            refuse(
                node,
                self.line,
                why=f"nothing is called '{unknown[0]}' here",
                hint=f'if it is text, write it in quotes: "{unknown[0]}"',
            )
        value = expression.value(bound)
        if isinstance(value, bool):
            return str(value)
        if not isinstance(value, str | int | float):
            refuse(node, self.line, why="this cannot be computed")
        return value

    def numbers(self, node: ast.AST, fewest: int, most: int) -> list[Any]:
        """The arguments of a function, which must be numbers."""
        assert isinstance(node, ast.Call)  # noqa: S101 - for the type checker
        if node.keywords or not fewest <= len(node.args) <= most:
            number = str(fewest) if fewest == most else f"{fewest} to {most}"
            refuse(node, self.line, why=f"{_function(node)}() takes {number} numbers")
        values = [self.scalar(item, {}) for item in node.args]
        for item, value in zip(node.args, values, strict=True):
            if isinstance(value, str):
                refuse(item, self.line, why=f"'{value}' is not a number")
        return values

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> list[Scalar]:
        generator = node.generators[0]
        if len(node.generators) > 1 or not isinstance(generator.target, ast.Name):
            refuse(node, self.line, why="only a single 'for NAME in LIST' is allowed here")
        name = generator.target.id
        found = []
        for value in self.values(generator.iter):
            bound = {name: value}
            if all(self.scalar(condition, bound) not in ("False", 0, "") for condition in generator.ifs):
                found.append(self.scalar(node.elt, bound))
        return found


def _range(reader: _Reader, node: ast.AST) -> list[Scalar]:
    numbers = reader.numbers(node, 1, 3)
    if any(not isinstance(number, int) for number in numbers):
        refuse(node, reader.line, why="range() takes whole numbers", hint="linspace(0, 1, 5) divides evenly")
    if len(numbers) == 3 and numbers[2] == 0:
        refuse(node, reader.line, why="the step of range() cannot be 0")
    made = range(*numbers)
    if len(made) > _MOST_VALUES:
        _too_many(reader, node)
    return list(made)


def _spread(reader: _Reader, node: ast.AST, place: Callable[[float], float]) -> list[Scalar]:
    first, last, count = reader.numbers(node, 3, 3)
    if not isinstance(count, int) or count < 1:
        refuse(node, reader.line, why="the last number says how many values there are")
    if count > _MOST_VALUES:
        _too_many(reader, node)
    steps = max(1, count - 1)
    try:
        return [_tidy(place(first + (last - first) * step / steps)) for step in range(count)]
    except (ArithmeticError, ValueError):
        refuse(node, reader.line, why="this cannot be computed")


def _too_many(reader: _Reader, node: ast.AST) -> NoReturn:
    refuse(node, reader.line, why=f"these are too many values, at most {_MOST_VALUES}")


def _tidy(value: float) -> float | int:
    """Whole numbers as such, and 0.3 instead of 0.30000000000000004."""
    short = float(f"{value:.12g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _linspace(reader: _Reader, node: ast.AST) -> list[Scalar]:
    return _spread(reader, node, lambda value: value)


def _logspace(reader: _Reader, node: ast.AST) -> list[Scalar]:
    return _spread(reader, node, lambda value: 10.0**value)


def _geomspace(reader: _Reader, node: ast.AST) -> list[Scalar]:
    first, last, count = reader.numbers(node, 3, 3)
    if min(first, last) <= 0:
        refuse(node, reader.line, why="geomspace() takes numbers above 0")
    steps = max(1, int(count) - 1)
    if count > _MOST_VALUES:
        _too_many(reader, node)
    return [_tidy(first * (last / first) ** (step / steps)) for step in range(int(count))]


def _interval(reader: _Reader, node: ast.AST) -> Domain:
    low, high = reader.numbers(node, 2, 2)
    name = _function(node)
    log = name == "loguniform"
    if not low < high or (log and low <= 0) or not math.isfinite(high - low):
        above = " above 0" if log else ""
        refuse(node, reader.line, why=f"{name}() takes two numbers{above}, the smaller one first")
    if name == "integers" and not (isinstance(low, int) and isinstance(high, int)):
        refuse(node, reader.line, why="integers() takes whole numbers")
    return Domain(low=low, high=high, integer=name == "integers", log=log)


_LISTS: Mapping[str, Callable[[_Reader, ast.AST], list[Scalar]]] = {
    "range": _range,
    "linspace": _linspace,
    "logspace": _logspace,
    "geomspace": _geomspace,
}
_INTERVALS: Mapping[str, Callable[[_Reader, ast.AST], Domain]] = {
    "uniform": _interval,
    "loguniform": _interval,
    "integers": _interval,
}
