"""Makes the objects that a specification names."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cm_core import NotFoundError, UsageError
from cm_core.base import did_you_mean
from cm_mlperf.interfaces import Component


def make(component: Component) -> Any:
    """Call the factory of a component.

    Raises:
        NotFoundError, UsageError: when there is no such factory, or it does not take these options.
    """
    factory = find_function(component.factory)
    try:
        return factory(**component.options)
    except TypeError as error:
        # Only a call that does not fit; a TypeError from inside is the factory's own.
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            raise _misfit(component, factory, error) from error
        raise


def _misfit(component: Component, factory: Callable[..., Any], error: TypeError) -> UsageError:
    """The error for options that a factory does not take, in the words of the user."""
    free = [name for name in inspect.signature(factory).parameters if name not in component.options]
    unknown = [name for name in component.options if f"'{name}'" in str(error)]
    if not unknown:
        return UsageError(
            f"{component.name}: {error}",
            hint="options are given as --dataset_options.KEY=VALUE and the like",
        )
    name = unknown[0]
    return UsageError(
        f"{component.name} has no option '{name}'",
        hint=did_you_mean(name, free) or "it has: " + (", ".join(free) or "no others"),
    )


def find_function(place: str) -> Callable[..., Any]:
    """The function or class that ``package.module:name`` or ``/path/to/file.py:name`` means.

    Raises:
        UsageError: when no function is named.
        NotFoundError: when there is no such module, file or name.
    """
    module_name, _, name = place.rpartition(":")
    if not module_name:
        raise UsageError(f"{place} does not name a function", hint=f"write: {place}:NAME")
    module = _load_file(Path(module_name)) if module_name.endswith(".py") else _import(module_name)
    function = getattr(module, name, None)
    if not callable(function):
        public = [
            word for word, value in vars(module).items() if callable(value) and not word.startswith("_")
        ]
        raise NotFoundError(
            f"there is no function '{name}' in {module_name}",
            hint=did_you_mean(name, public) or "it has: " + (", ".join(sorted(public)[:8]) or "no functions"),
        )
    return function  # type: ignore[no-any-return]


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise NotFoundError(
            f"the Python module '{error.name}' is not installed",
            hint="install what it belongs to from where you got it, into this Python",
        ) from error


def _load_file(path: Path) -> Any:
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    # Files of the same name may lie in several folders.
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    name = f"cm_mlperf_user_{path.stem}_{place}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise NotFoundError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    # Like a script: what lies beside it can be imported.
    sys.path.insert(0, str(path.parent.resolve()))
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
