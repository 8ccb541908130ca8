"""The five actions that plugins implement as hooks, and the other words for them."""

from __future__ import annotations

FIVE_ACTIONS = ("find", "add", "run", "rm", "load")
# The words for the five actions; plugins name synonyms of their own verbs themselves.
SYNONYMS = {"ls": "find", "list": "find", "search": "find", "delete": "rm", "remove": "rm"}
