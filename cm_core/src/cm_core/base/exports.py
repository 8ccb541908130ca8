"""Names that a package exports and imports only when somebody uses them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_exports(package: str, public: Mapping[str, tuple[str, str]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package: a public name is imported when it is first used, and then stays.

    Args:
        package: its full name, ``__name__`` inside it.
        public: name -> the module inside the package that has it, and the version since when.
    """

    def find_public(name: str) -> Any:
        if name not in public:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module = f"{package}.{public[name][0]}"
        __import__(module)  # which costs half of import_module, and each command comes along here often
        value = getattr(sys.modules[module], name)
        setattr(sys.modules[package], name, value)
        return value

    return find_public
