"""Download many small files at once; what is there already is not asked for again."""

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import quote

ATTEMPTS = 4
AT_ONCE = 8
TIMEOUT = 30.0
TRANSIENT = {408, 429, 500, 502, 503, 504}


class ImagesError(Exception):
    """The images cannot be had; the text says why, the hint what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def listed(annotations: Path) -> list[str]:
    """Names of the images, in the order of the annotations."""
    try:
        names = [
            image["file_name"] for image in json.loads(annotations.read_text(encoding="utf-8"))["images"]
        ]
    except FileNotFoundError as problem:
        raise ImagesError(f"there is no file {annotations}") from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise ImagesError(f"{annotations} is not in the format of COCO: {problem!r}") from problem
    for name in names:
        if (
            not isinstance(name, str)
            or name != os.path.basename(name.replace("\\", "/"))
            or name in {"", ".."}
        ):
            raise ImagesError(f"{annotations} lists {name!r}, which is not the name of a file")
    return names


def check(root: Path, wanted: int) -> None:
    """Raise an error unless a folder has what a download would have put there."""
    folder = root / "validation" / "data"
    if not folder.is_dir():
        raise ImagesError(f"{root} has no folder {Path('validation', 'data')} with images")
    names = listed(root / "annotations" / "openimages-mlperf.json")
    have = len(set(names) & set(os.listdir(folder)))
    if have < (wanted or len(names)):
        hint = f'to register what is there, ask for "get dataset openimages _size.{have}"' if have else ""
        raise ImagesError(f"{folder} has {have} of the images, but {wanted or len(names)} are wanted", hint)


def download(names: list[str], url: str, folder: Path) -> None:
    """Put the images into a folder, eight at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        print(f"Downloading {len(missing)} of {len(names)} images from {url}", flush=True)
    failures: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = [pool.submit(fetch, f"{url.rstrip('/')}/{quote(name)}", folder / name) for name in missing]
        try:
            for done, task in enumerate(as_completed(tasks), start=1):
                if reason := task.result():
                    failures.append(reason)
                    if len(failures) == 3:  # the others would fail, too, after a long time
                        break
                if done % 500 == 0:
                    print(f"  {done} of {len(missing)}", flush=True)
        finally:
            for task in tasks:
                task.cancel()
    if failures:
        raise ImagesError(
            f"cannot download the images: {'; '.join(failures)}",
            "give a folder with --outdirname=FOLDER, and the same command goes on where it stopped; "
            'if you have the images: cm run script "get dataset openimages" --path=FOLDER',
        )


def fetch(url: str, path: Path) -> str:
    """Put one file in place as a whole; "" or why not."""
    reason = ""
    for attempt in range(ATTEMPTS):
        time.sleep(min(attempt, 3) * 0.5)
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "cm-toolkit"})
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                data = response.read()
        except urllib.error.HTTPError as problem:
            reason = f"HTTP status {problem.code}"
            if problem.code not in TRANSIENT:
                break
        except urllib.error.URLError as problem:
            reason = str(getattr(problem.reason, "strerror", None) or problem.reason)
            break
        except (http.client.HTTPException, OSError) as problem:
            reason = str(problem) or type(problem).__name__
        else:
            partial = path.with_name(path.name + ".part")
            try:
                partial.write_bytes(data)
                os.replace(partial, path)
            except OSError as problem:
                return f"cannot write {path}: {problem.strerror}"
            return ""
    return f"{url}: {reason}"
