"""The toolkit for an image: wheels of our own distributions, and pins of what they need.

A wheel is packed again from the files that are installed here, so the image runs exactly what this machine
runs, with or without a package index that has it. An editable installation is packed from its source folder.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse
from urllib.request import url2pathname

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cm_core import CMError, NotFoundError

if TYPE_CHECKING:
    from cm_core import Session

# Without them no script runs; others travel when the script or the user asks for them.
_ALWAYS = ("core", "cache", "script", "cmind", "repo")
_TOOLKIT = "cm-automation"
# The oldest time that a ZIP file can hold: the same files give the same wheel, and so the same layer.
_TIME = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = ("__pycache__", ".pyc", ".dist-info/RECORD", ".dist-info/direct_url.json", ".dist-info/INSTALLER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolkit:
    """What is installed in an image.

    Attributes:
        wheels: file name -> content.
        pins: lines such as ``click==8.1.7``.
        versions: of our own distributions.
    """

    wheels: dict[str, bytes]
    pins: tuple[str, ...]
    versions: dict[str, str]


def collect_toolkit(session: Session, plugins: Sequence[str], shipped: Iterable[Path]) -> Toolkit:
    """Pack the distributions that a run needs, and pin what they need.

    Args:
        plugins: names of more plugins, or ``all``.
        shipped: folders of recipes inside distributions that the script comes from.

    Raises:
        NotFoundError: when there is no such plugin.
        CMError: when a distribution cannot be packed.
    """
    own = _own_distributions(session)
    wanted = {_TOOLKIT, *_distributions_of(session, plugins, tuple(shipped))}
    packed: dict[str, Distribution] = {}
    pins: dict[str, str] = {}
    waiting = sorted(wanted)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in packed or name in pins:
            continue
        found = _find_distribution(name)
        if found is None:
            continue  # An extra or another platform's requirement that this machine lives without.
        if name in own or found.read_text(
            "direct_url.json"
        ):  # An index need not have it, or has another one.
            packed[name] = found
        else:
            pins[name] = f"{name}=={found.version}"
        waiting += _requirements(found)
    wheels = dict(pack(found) for _, found in sorted(packed.items()))
    versions = {name: found.version for name, found in sorted(packed.items())}
    return Toolkit(wheels=wheels, pins=tuple(pins[name] for name in sorted(pins)), versions=versions)


def pack(found: Distribution) -> tuple[str, bytes]:
    """Make a wheel of an installed pure-Python distribution; returns its file name and content.

    Raises:
        CMError: when its files cannot be found.
    """
    name, version = found.metadata["Name"], found.version
    if "Root-Is-Purelib: false" in (found.read_text("WHEEL") or ""):
        raise CMError(
            f"the distribution '{name}' was not installed from an index and is compiled for this machine,"
            " so it cannot be packed for the image",
            hint="install it from a package index",
        )
    stem = f"{canonicalize_name(name).replace('-', '_')}-{version}"
    files = dict(_files(found))
    if not any(not path.startswith(f"{stem}.dist-info/") for path in files):
        raise CMError(
            f"cannot find the files of the distribution '{name}' for the image",
            hint="install it normally, or editable from a folder with src/",
        )
    info = f"{stem}.dist-info"
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: cm-plugin-docker\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    rows = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in sorted(files.items())]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, _TIME)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return f"{stem}-py3-none-any.whl", buffer.getvalue()


def _own_distributions(session: Session) -> set[str]:
    return {canonicalize_name(info.distribution) for info in session.plugins.plugins.values()}


def _distributions_of(session: Session, plugins: Sequence[str], shipped: tuple[Path, ...]) -> Iterator[str]:
    working = {name: info for name, info in session.plugins.plugins.items() if not info.problem}
    for name in plugins:
        if name not in working and name != "all":
            raise NotFoundError(f"there is no plugin '{name}'", hint="see: cm plugins")
    for name, info in working.items():
        if name in _ALWAYS or name in plugins or "all" in plugins or _ships(session, name, shipped):
            yield info.distribution


def _ships(session: Session, plugin: str, folders: tuple[Path, ...]) -> bool:
    """Whether recipes that are needed come with a plugin."""
    module = session.plugins.manager.get_plugin(plugin)
    place = Path(getattr(module, "__file__", None) or "/nowhere").parent
    return any(folder.is_relative_to(place) for folder in folders)


def _find_distribution(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _requirements(found: Distribution) -> list[str]:
    names = []
    for line in found.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            names.append(requirement.name)
    return names


def _source_folder(found: Distribution) -> Path | None:
    """The folder that an editable installation points to, or ``None`` for another one."""
    text = found.read_text("direct_url.json")
    facts = json.loads(text) if text else {}
    if not facts.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlparse(facts["url"]).path))


def _files(found: Distribution) -> Iterator[tuple[str, bytes]]:
    """Path inside the wheel -> content."""
    for file in sorted(found.files or (), key=str):
        path, inside = Path(str(file.locate())), str(file)
        if inside.endswith(".pth") and path.is_file() and _source_folder(found) is not None:
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from _tree(Path(line.strip()))
        elif not inside.startswith(("..", "/")) and not _is_left_out(inside) and path.is_file():
            yield inside, path.read_bytes()


def _tree(root: Path) -> Iterator[tuple[str, bytes]]:
    if not root.is_absolute() or not root.is_dir():
        return
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).as_posix()
        # Without src/ this is the folder of a whole project, with its .git, .venv and .env.
        hidden = inside.startswith(".") or "/." in inside
        if not hidden and path.is_file() and not _is_left_out(inside) and ".egg-info/" not in inside:
            yield inside, path.read_bytes()


def _is_left_out(path: str) -> bool:
    return any(mark in path for mark in _LEFT_OUT)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
