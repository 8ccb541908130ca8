"""Names of types, which Python 3.8 cannot write as they are written today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Contract = dict[str, Any]
    Metas = tuple[Contract, Contract]
    Name = tuple[str, str]
else:
    Contract = Metas = Name = object
