"""What a model of the user's own wants, and which data fit: ``cm find mlperf --model=FILE``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import Result, UsageError
from cm_core.base import aligned, find_named
from cm_mlperf.components.build import find_function
from cm_mlperf.components.registry import offers, why_not
from cm_mlperf.run.sources import file_part
from cm_mlperf.run.target import existing_place

if TYPE_CHECKING:
    from cm_core import Session
    from cm_mlperf.components.registry import Offers
    from cm_mlperf.flags import Find
    from cm_mlperf.offers import BackEnd

_PIXELS = (1, 3)
_TENSOR = 3  # axes of an image


def describe_file(asked: Find, session: Session) -> Result:
    """Inputs, outputs, and what to give as ``--dataset``.

    Raises:
        NotFoundError, UsageError: when there is no such file, or no back end that runs it.
        CMError: when its back end cannot read it.
    """
    place = existing_place(asked.model, session.cwd)
    backend = _backend(asked, place, offers(session))
    if reason := why_not(backend, asked.device or "cpu"):
        raise UsageError(reason, hint="to see what works here: cm find mlperf")
    data: dict[str, Any] = {"list": [], "matrix": [], "path": place, "backend": backend.name}
    if not backend.describe:
        line = f"{asked.model} runs with {backend.name}; files of this kind do not say what their inputs are"
        return Result(data=data, lines=(line, "any --dataset goes into it as it is; try: --dataset=FILE.npz"))
    facts = find_function(backend.describe)(place)
    fits = list(_fits(facts["inputs"]))
    rows = [("", "name", "type", "shape")]
    for kind in ("inputs", "outputs"):
        rows += [(kind[:-1], one["name"], one["dtype"], _form(one)) for one in facts[kind]]
    lines = [f"{asked.model} runs with {backend.name}", "", *aligned(rows), "", "data that fit:"]
    return Result(data={**data, **facts, "fits": fits}, lines=(*lines, *(f"  {fit}" for fit in fits)))


def _backend(asked: Find, place: str, known: Offers) -> BackEnd:
    if asked.backend:
        return find_named(asked.backend, known.backends, "back end")
    suffix = Path(file_part(place)).suffix.lower()
    for backend in known.backends.values():
        if suffix in backend.suffixes:
            return backend
    files = sorted(name for entry in known.backends.values() for name in entry.suffixes)
    raise UsageError(f"no back end runs a file such as {asked.model}", hint=f"they run: {', '.join(files)}")


def _fits(inputs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Values of ``--dataset``, with the options that they need."""
    if not inputs:
        return
    single = [one["name"] for one in inputs if one["samples"] is None]
    rows = {one["name"]: _of_a_sample(one) for one in inputs if one["name"] not in single}
    types = {one["name"]: one["dtype"] for one in inputs}
    constants = "".join(f" --backend_options.constant.{name}=1" for name in single)
    arrays = ", ".join(f"{name} ({_shape(['N', *sizes])} {types[name]})" for name, sizes in rows.items())
    yield f"--dataset=FILE.npz{constants}, with {'arrays' if len(rows) > 1 else 'an array'} {arrays}"
    if len(rows) == 1:
        ((name, sizes),) = rows.items()
        if len(sizes) == _TENSOR and any(_may_be_colours(sizes[axis]) for axis in (0, -1)):
            size = (
                "" if all(isinstance(one, int) for one in sizes) else " --dataset_options.size=HEIGHTxWIDTH"
            )
            yield f"--dataset=FOLDER{size}{constants}, with images"
        if len(sizes) == 1 and types[name].startswith("float"):
            yield f"--dataset=FILE.csv{constants}, with {_shape(sizes)} columns of numbers"
    yield f"--dataset=random{''.join(_random(rows))}{constants}, without accuracy"


def _random(rows: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """Options for the sizes that the model leaves open."""
    for name, sizes in rows.items():
        if not all(isinstance(size, int) for size in sizes):
            shape = "x".join(str(size) if isinstance(size, int) else "SIZE" for size in sizes)
            yield f" --dataset_options.shape.{name}={shape}"


def _of_a_sample(entry: Mapping[str, Any]) -> list[object]:
    return [size for axis, size in enumerate(entry["shape"]) if axis != entry["samples"]]


def _may_be_colours(size: object) -> bool:
    return not isinstance(size, int) or size in _PIXELS


def _form(entry: Mapping[str, Any]) -> str:
    """The sizes; sequences and maps of ONNX have none."""
    return "" if "(" in entry["dtype"] else _shape(entry["shape"])


def _shape(sizes: Sequence[object]) -> str:
    return " x ".join(map(_size, sizes)) or "one value"


def _size(size: object) -> str:
    """Names that a person gave tell something, those that a converter made (``unk__214``) do not."""
    if isinstance(size, int):
        return str(size) if size > 0 else "any"
    words = str(size or "").replace("_", "")
    return str(size) if words.isalpha() else "any"
