#!/bin/bash
cd "$CM_RUN_DIR" || exit 1
echo "$CM_RUN_CMD"
if [ -n "$CM_PRE_RUN_CMD_EXTERNAL" ]; then
  eval "$CM_PRE_RUN_CMD_EXTERNAL" || exit $?
fi
started=$(date +%s)
if [ "$CM_SAVE_CONSOLE_LOG" = "no" ]; then
  (eval "$CM_RUN_CMD")
  status=$?
else
  (eval "$CM_RUN_CMD") 2>&1 | tee "$CM_LOGS_DIR/console.out"
  status=${PIPESTATUS[0]}
fi
echo "exit status $status after $(($(date +%s) - started)) s"
exit $status
