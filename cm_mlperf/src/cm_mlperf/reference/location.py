"""Where the parts of a data set are: images in one place, labels in another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cm_core import MetaError, NotFoundError

PARTS_FILE = "mlperf-data.json"


def find_parts(path: str | Path, guesses: Mapping[str, tuple[str, ...]], *, what: str) -> dict[str, Path]:
    """The files and folders that make up a data set.

    Args:
        path: folder of the data set, or folder with a ``mlperf-data.json`` that says where each part is, as
            the recipe ``get,mlperf-data`` writes it.
        guesses: part -> its possible paths below ``path``, best first.
        what: the data set, for messages.

    Raises:
        NotFoundError: when a part is missing.
        MetaError: when the file is damaged.
    """
    root = Path(path).expanduser()
    if not root.exists():
        raise NotFoundError(f"there is no {what} at {root}")
    named = _read_parts(root / PARTS_FILE)
    parts = {}
    for part, names in guesses.items():
        candidates = [Path(named[part])] if part in named else [root / name for name in names]
        found = next((candidate for candidate in candidates if candidate.exists()), None)
        if found is None:
            places = " or ".join(str(candidate) for candidate in candidates)
            raise NotFoundError(
                f"{what} at {root} has no {part}: there is no {places}",
                hint=f'get all parts with: cm run script "get mlperf-data _{what.lower()}"',
            )
        parts[part] = found
    return parts


def write_parts(folder: Path, parts: Mapping[str, str]) -> None:
    """Write the file that says where each part is."""
    (folder / PARTS_FILE).write_text(json.dumps(dict(parts), indent=2) + "\n", encoding="utf-8")


def _read_parts(file: Path) -> dict[str, str]:
    try:
        return {str(part): str(place) for part, place in json.loads(file.read_text(encoding="utf-8")).items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, AttributeError) as error:
        raise MetaError(f"{file} is damaged: {error}", hint="remove it and get the data again") from error
