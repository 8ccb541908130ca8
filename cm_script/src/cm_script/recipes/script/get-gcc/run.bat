@echo off
"%CM_GCC_BIN_WITH_PATH%" --version > tmp-ver.out
