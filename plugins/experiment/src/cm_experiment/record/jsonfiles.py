"""Files of JSON: written in one step, read with errors that name them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cm_core.base.fsio import atomic_write_text
from cm_core.model.errors import MetaError, NotFoundError


def write_json(file: Path, data: Any) -> None:
    """Replace a file of JSON, keys in their order. Bytes that are no text, as in a file name, survive."""
    atomic_write_text(file, printable(json.dumps(data, indent=2, ensure_ascii=False)) + "\n")


def printable(text: str) -> str:
    """The text with escapes, as JSON knows them, for what UTF-8 cannot hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def read_json(path: Path) -> Any:
    """What a file holds.

    Raises:
        NotFoundError: when there is none.
        MetaError: when it is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError(f"there is no {path}") from None
    except (OSError, ValueError) as error:
        raise MetaError(f"{path} cannot be read: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    """The keys and values that a file holds.

    Raises:
        NotFoundError, MetaError: as :func:`read_json`, and when it holds something else.
    """
    data = read_json(path)
    if not isinstance(data, dict):
        raise MetaError(f"{path} must hold keys and values at the top level")
    return data


class Shape:
    """Turns what goes wrong with data of a wrong shape into an error that names the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TypeError | ValueError | AttributeError | KeyError):
            raise MetaError(f"{self.path} has not the shape of a record: {error}") from error
