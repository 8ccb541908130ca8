"""Options of data sets: numbers, which the command line gives as text."""

from __future__ import annotations

from cm_core import UsageError
from cm_core.base import to_count, to_number


def whole(name: str, given: object) -> int:
    """A whole number, at least 0.

    Raises:
        UsageError: when it is none.
    """
    number = to_count(str(given))
    if number is None:
        raise UsageError(f"{name}={given} must be a whole number", hint=f"--dataset_options.{name}=100")
    return number


def sizes(name: str, given: object) -> tuple[int, ...]:
    """Whole numbers as in ``3x224x224``; none of nothing.

    Raises:
        UsageError: when one is none.
    """
    numbers = [to_count(part) for part in str(given).split("x")] if given else []
    if None in numbers:
        raise UsageError(
            f"{name}={given} must be whole numbers with x between them",
            hint=f"--dataset_options.{name}=224x224",
        )
    return tuple(number for number in numbers if number is not None)


def decimal(name: str, given: object) -> float:
    """Any number.

    Raises:
        UsageError: when it is none.
    """
    number = to_number(str(given))
    if number is None:
        raise UsageError(f"{name}={given} must be a number", hint=f"--dataset_options.{name}=0.5")
    return number
