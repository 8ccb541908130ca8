"""Images that annotations list: downloaded many at once, and what is there already is not asked for again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from cm_core import CMError
from cm_core.base import Source, TransferError, fetch, without_credentials

_AT_ONCE = 8
# The others would fail, too, after a long time.
_FAILURES = 3
_TOLD_EVERY = 500


def listed(annotations: Path) -> list[str]:
    """Names of the images, in the order of the annotations.

    Raises:
        CMError: when the file is missing, has another format, or lists what is not the name of a file.
    """
    try:
        names = [
            image["file_name"] for image in json.loads(annotations.read_text(encoding="utf-8"))["images"]
        ]
    except FileNotFoundError as problem:
        raise CMError(f"there is no file {annotations}") from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise CMError(f"{annotations} is not in the format of COCO: {problem!r}") from problem
    for name in names:
        if not isinstance(name, str) or name != PurePosixPath(name.replace("\\", "/")).name:
            raise CMError(f"{annotations} lists {name!r}, which is not a file name")
    return names


def check(root: Path, wanted: int) -> None:
    """Refuse a folder that has not what a download would have put there.

    Args:
        wanted: number of images, 0 for all that are listed.

    Raises:
        CMError: when it lacks images or annotations.
    """
    folder = root / "validation" / "data"
    if not folder.is_dir():
        raise CMError(f"{root} has no folder {Path('validation', 'data')} with images")
    names = listed(root / "annotations" / "openimages-mlperf.json")
    have = len(set(names) & {file.name for file in folder.iterdir()})
    if have < (wanted or len(names)):
        hint = f'to register what is there, use "get dataset openimages _size.{have}"' if have else ""
        raise CMError(f"{folder} has {have} of the images, but {wanted or len(names)} are needed", hint=hint)


def download(
    names: Sequence[str], url: str, folder: Path, *, say: Callable[[str], None] = lambda _line: None
) -> None:
    """Put the images into a folder, eight at a time.

    Raises:
        CMError: when some cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        say(f"Downloading {len(missing)} of {len(names)} images from {without_credentials(url)}")
    failures: list[str] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tasks = [pool.submit(_fetch, f"{url.rstrip('/')}/{quote(name)}", folder / name) for name in missing]
        try:
            for done, task in enumerate(as_completed(tasks), start=1):
                if reason := task.result():
                    failures.append(reason)
                    if len(failures) == _FAILURES:
                        break
                if done % _TOLD_EVERY == 0:
                    say(f"  {done} of {len(missing)}")
        finally:
            for task in tasks:
                task.cancel()
    if failures:
        raise CMError(
            f"cannot download the images: {'; '.join(failures)}",
            hint="give a folder with --outdirname=FOLDER, and the same command resumes where it stopped; "
            'if you have the images: cm run script "get dataset openimages" --path=FOLDER',
        )


def _fetch(url: str, path: Path) -> str:
    """Put one file in place as a whole; "" or why not."""
    try:
        # They are small: a broken one is not worth being continued by a later run.
        fetch(Source(url=url, continued=False), path)
    except TransferError as problem:
        return f"{without_credentials(url)}: {problem}"
    except CMError as problem:
        return problem.message
    return ""
