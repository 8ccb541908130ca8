@echo off
"%CM_PYTHON_BIN_WITH_PATH%" -m venv "%CM_VIRTUAL_ENV_PATH%"
