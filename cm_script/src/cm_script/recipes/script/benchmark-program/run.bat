@echo off
cd /d "%CM_RUN_DIR%" || exit /b 1
echo %CM_RUN_CMD%
call %CM_RUN_CMD%
