"""User expressions over the columns of a row: ``accuracy > 95 and scenario == "Offline"``.

Comparisons, ``and``, ``or``, ``not``, ``in``, arithmetic, ``a if condition else b`` and the functions of
:data:`FUNCTIONS`. Nothing is executed: each node of the syntax tree becomes one small function of ours.

A cell that is missing, or a value that cannot be computed (text times two, a division by zero), is ``None``,
and every comparison with it is false, as in SQL. ``column == None`` asks whether a cell is missing. A cell
with several values (a tuple) equals each of them.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from cm_core import field, frozen
from cm_report.arithmetic import compute, is_operator, parse, refuse

__all__ = ["FUNCTIONS", "Expression", "Value"]

Value = str | int | float | bool | tuple[Any, ...] | None
Evaluate = Callable[[Any], Any]

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SOME_COLUMNS = 12
_ARITHMETIC_ERRORS = (TypeError, ValueError, ArithmeticError)


def _coalesce(*values: Value) -> Value:
    """The first of the values that is not missing."""
    return next((value for value in values if value is not None), None)


def _like(text: object, pattern: object) -> bool:
    """Whether a text matches a pattern of a shell, whatever its case."""
    if not isinstance(text, str) or not isinstance(pattern, str):
        raise TypeError("not a text")
    return fnmatchcase(text.casefold(), pattern.casefold())


def _round(number: float, digits: float = 0) -> float:
    """Half to even, as Python rounds; at most 15 digits either side, since an integer takes any number."""
    rounded = round(number, max(-15, min(15, int(digits))))
    return int(rounded) if digits <= 0 else rounded


def _finite(function: Callable[..., float]) -> Callable[..., float]:
    def run(*numbers: float) -> float:
        if any(isinstance(number, bool) or not isinstance(number, int | float) for number in numbers):
            raise TypeError("not a number")
        return function(*numbers)

    return run


# Name -> function, fewest and most arguments.
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "abs": (_finite(abs), 1, 1),
    "min": (_finite(min), 2, 99),
    "max": (_finite(max), 2, 99),
    "round": (_finite(_round), 1, 2),
    "sqrt": (_finite(math.sqrt), 1, 1),
    "log": (_finite(math.log), 1, 2),
    "log2": (_finite(math.log2), 1, 1),
    "log10": (_finite(math.log10), 1, 1),
    "exp": (_finite(math.exp), 1, 1),
    "floor": (_finite(math.floor), 1, 1),
    "ceil": (_finite(math.ceil), 1, 1),
    "lower": (str.lower, 1, 1),
    "upper": (str.upper, 1, 1),
    "len": (len, 1, 1),
    "startswith": (str.startswith, 2, 2),
    "endswith": (str.endswith, 2, 2),
    "like": (_like, 2, 2),
    "coalesce": (_coalesce, 1, 99),
}


@frozen
class Expression:
    """A parsed expression.

    Attributes:
        text: as written, in one line.
        tree: its syntax, of which every node is known to be allowed.
        names: the columns that it mentions.
        ignore_case: whether texts that differ in case only are equal.
    """

    text: str
    tree: ast.expr
    names: frozenset[str]
    ignore_case: bool = False
    _evaluate: Evaluate = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, *, ignore_case: bool = False) -> Expression:
        """Read an expression.

        Raises:
            ExpressionError: when a part of it is outside the language; it says where.
        """
        tree, line = parse(text)
        return cls.from_tree(tree, line, ignore_case=ignore_case)

    @classmethod
    def from_tree(cls, tree: ast.expr, text: str, *, ignore_case: bool = False) -> Expression:
        """The expression that a part of the syntax tree of another one is.

        Raises:
            ExpressionError: as :meth:`parse`.
        """
        names: dict[str, None] = {}

        def cell(name: str) -> Evaluate:
            names[name] = None
            return lambda row: row.get(name)

        evaluate = _Compiler(text, cell, ignore_case=ignore_case).compile(tree)
        return cls(text=text, tree=tree, names=frozenset(names), ignore_case=ignore_case, _evaluate=evaluate)

    def value(self, row: Mapping[str, Any]) -> Value:
        """What it amounts to for one row; ``None`` when that cannot be computed."""
        result: Value = self._evaluate(row)
        return result

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether it is true for one row."""
        return bool(self._evaluate(row))

    def bind(self, cell: Callable[[str], Evaluate]) -> Evaluate:
        """The expression as a function of rows of any shape.

        Args:
            cell: gives for the name of a column the function that reads it from a row.
        """
        return _Compiler(self.text, cell, ignore_case=self.ignore_case).compile(self.tree)

    def conditions(self) -> list[Expression]:
        """The conditions that ``and`` joins at the top; itself when there is only one."""
        joined = isinstance(self.tree, ast.BoolOp) and isinstance(self.tree.op, ast.And)
        parts = self.tree.values if joined else [self.tree]  # type: ignore[attr-defined]
        return [Expression.from_tree(part, self.text, ignore_case=self.ignore_case) for part in parts]

    def check_names(self, known: Iterable[str]) -> None:
        """See that there are such columns.

        Raises:
            ExpressionError: at the first one that is none, with names that are near.
        """
        columns = set(known)
        for node in _columns(self.tree):
            name = column_of(node)
            if name not in columns:
                from cm_core.base import did_you_mean

                is_alone = node is self.tree
                hint = did_you_mean(name, columns) or (
                    f"columns are: {', '.join(sorted(columns)[:_SOME_COLUMNS])}"
                    if is_alone
                    else f'if it is text, write it in quotes: "{name}"'
                )
                refuse(node, self.text, why=f"there is no column '{name}'", hint=hint)


def over_columns(text: str, cells: Mapping[str, Evaluate]) -> Evaluate:
    """An expression over columns as a function of rows; a column's name alone is one, too.

    Args:
        cells: name of a column -> the function that reads it from a row.

    Raises:
        ExpressionError: when it cannot be read or names no column.
    """
    if text in cells:
        return cells[text]
    parsed = Expression.parse(text, ignore_case=True)
    parsed.check_names(cells)
    return parsed.bind(cells.__getitem__)


def column_of(node: ast.AST) -> str:
    """The column that a node names: ``a``, ``a.b`` or ``column("odd name")``; ``""`` for other nodes."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = column_of(node.value)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "column":
        argument = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
    return ""


def _columns(node: ast.AST) -> Iterator[ast.AST]:
    if column_of(node):
        yield node
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _columns(argument)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _columns(child)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


class _Compiler:
    """Turns nodes into functions of a row. Everything it does not name is refused."""

    def __init__(self, line: str, cell: Callable[[str], Evaluate], *, ignore_case: bool) -> None:
        self.line = line
        self.cell = cell
        self.ignore_case = ignore_case

    def compile(self, node: ast.expr) -> Evaluate:
        if name := column_of(node):
            return self.cell(name)
        kinds: Mapping[type[ast.expr], Callable[[Any], Evaluate]] = {
            ast.Constant: self._literal,
            ast.BoolOp: self._junction,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._arithmetic,
            ast.Compare: self._comparisons,
            ast.List: self._several,
            ast.Tuple: self._several,
            ast.Set: self._several,
            ast.IfExp: self._choice,
            ast.Call: self._call,
        }
        if type(node) not in kinds:
            refuse(node, self.line)
        return kinds[type(node)](node)

    def _literal(self, node: ast.Constant) -> Evaluate:
        if node.value is not None and not isinstance(node.value, str | int | float):
            refuse(node, self.line)
        return _constant(node.value)

    def _several(self, node: ast.List | ast.Tuple | ast.Set) -> Evaluate:
        items = [self.compile(item) for item in node.elts]
        return lambda row: tuple(item(row) for item in items)

    def _choice(self, node: ast.IfExp) -> Evaluate:
        test, yes, no = (self.compile(part) for part in (node.test, node.body, node.orelse))
        return lambda row: yes(row) if test(row) else no(row)

    def _junction(self, node: ast.BoolOp) -> Evaluate:
        parts = [self.compile(part) for part in node.values]
        if isinstance(node.op, ast.And):
            if len(parts) == 2:
                first, second = parts
                return lambda row: bool(first(row) and second(row))
            return lambda row: all(part(row) for part in parts)
        return lambda row: any(part(row) for part in parts)

    def _unary(self, node: ast.UnaryOp) -> Evaluate:
        operand = self.compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda row: not operand(row)
        if not isinstance(node.op, ast.USub | ast.UAdd):
            refuse(node, self.line)
        sign = -1 if isinstance(node.op, ast.USub) else 1

        def run(row: Any) -> Any:
            value = operand(row)
            return sign * value if isinstance(value, int | float) and not isinstance(value, bool) else None

        return run

    def _arithmetic(self, node: ast.BinOp) -> Evaluate:
        if not is_operator(node.op):
            refuse(node, self.line)
        for side in (node.left, node.right):
            if isinstance(side, ast.Constant) and isinstance(side.value, str):
                refuse(side, self.line, why="text cannot be used in calculations")
        left, right, symbol = self.compile(node.left), self.compile(node.right), node.op

        def run(row: Any) -> Any:
            try:
                return compute(symbol, left(row), right(row))
            except _ARITHMETIC_ERRORS:
                return None

        return run

    def _call(self, node: ast.Call) -> Evaluate:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            known = ", ".join(sorted((*FUNCTIONS, "column")))
            refuse(node, self.line, why="there is no such function", hint=f"functions are {known}")
        function, fewest, most = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            number = fewest if fewest == most else f"{fewest} or more" if most > 9 else f"{fewest} to {most}"
            refuse(node, self.line, why=f"{name}() takes {number} values, not {len(node.args)}")
        arguments = [self.compile(item) for item in node.args]

        def run(row: Any) -> Any:
            try:
                return function(*[argument(row) for argument in arguments])
            except _ARITHMETIC_ERRORS:
                return None

        return run

    # -- comparisons -------------------------------------------------------------------------------

    def _comparisons(self, node: ast.Compare) -> Evaluate:
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        parts = [self._comparison(left, symbol, right) for left, symbol, right in pairs]
        if len(parts) == 1:
            return parts[0]
        return lambda row: all(part(row) for part in parts)

    def _comparison(self, left: ast.expr, symbol: ast.cmpop, right: ast.expr) -> Evaluate:
        if isinstance(symbol, ast.Eq | ast.NotEq | ast.Is | ast.IsNot) and (
            _is_none(left) or _is_none(right)
        ):
            return self._missing(right if _is_none(left) else left, symbol)
        first, second = self._folded(left), self._folded(right)
        if isinstance(symbol, ast.Eq | ast.NotEq):
            wanted = isinstance(symbol, ast.Eq)
            return lambda row: _same(first(row), second(row), wanted=wanted)
        if isinstance(symbol, ast.In | ast.NotIn):
            inside = isinstance(symbol, ast.In)
            return lambda row: _within(first(row), second(row), wanted=inside)
        if type(symbol) not in _COMPARE:
            refuse(right, self.line, why="'is' compares with None only", hint="write == instead")
        order = _COMPARE[type(symbol)]

        def run(row: Any) -> bool:
            try:
                return order(first(row), second(row))
            except TypeError:  # a missing cell, or text beside a number
                return False

        return run

    def _missing(self, node: ast.expr, symbol: ast.cmpop) -> Evaluate:
        value = self.compile(node)
        if isinstance(symbol, ast.Eq | ast.Is):
            return lambda row: value(row) is None
        return lambda row: value(row) is not None

    def _folded(self, node: ast.expr) -> Evaluate:
        value = self.compile(node)
        if not self.ignore_case:
            return value
        if isinstance(node, ast.Constant):
            return _constant(_fold(node.value))
        return lambda row: _fold(value(row))


def _constant(value: Any) -> Evaluate:
    return lambda _: value


def _fold(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    return tuple(_fold(item) for item in value) if isinstance(value, tuple) else value


def _same(left: Any, right: Any, *, wanted: bool) -> bool:
    if left is None or right is None:
        return False
    if isinstance(left, tuple) is not isinstance(right, tuple):
        many, one = (left, right) if isinstance(left, tuple) else (right, left)
        return (one in many) is wanted
    return bool(left == right) is wanted


def _within(one: Any, many: Any, *, wanted: bool) -> bool:
    if one is None or many is None:
        return False
    if isinstance(one, tuple) and isinstance(many, tuple):
        return any(item in many for item in one) is wanted
    if isinstance(many, tuple):
        return (one in many) is wanted
    return (str(one) in str(many)) is wanted
