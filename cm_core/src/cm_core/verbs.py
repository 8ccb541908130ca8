"""Words that no plugin takes over: the five actions that they implement as hooks, commands of the core."""

from __future__ import annotations

FIVE_ACTIONS = ("find", "add", "run", "rm", "load")
# The words for the five actions; plugins name synonyms of their own verbs themselves.
SYNONYMS = {"ls": "find", "list": "find", "search": "find", "delete": "rm", "remove": "rm"}
# Commands without an automation, which verbs of the same name would hide; they are in ``cli.commands``.
COMMANDS = ("plugins", "doctor", "completion")
