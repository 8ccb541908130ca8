"""The words that the command line knows without any plugin."""

from __future__ import annotations

GRAMMAR = "cm ACTION AUTOMATION [ARTIFACT ...] [--key=value ...] [@file.yaml ...] [-- REST]"
HELP_FLAGS = ("-h", "--help")
VERSION_FLAGS = ("--version", "-v", "-V")
# Through this variable of the environment a shell asks what could be typed.
COMPLETION_VARIABLE = "_CM_COMPLETE"
