#!/bin/bash
"$CM_PYTHON_BIN_WITH_PATH" -m venv "$CM_VIRTUAL_ENV_PATH" && exit 0
status=$?
echo "hint: on Debian and Ubuntu the venv module is in the package python3-venv" >&2
exit $status
