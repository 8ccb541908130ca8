@echo off
if "%CM_CUDA_FULL_TOOLKIT_INSTALL%" == "no" exit /b 0
"%CM_NVCC_BIN_WITH_PATH%" --version > tmp-ver.out
