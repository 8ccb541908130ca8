#!/bin/bash
# The run-time library alone has no program that could tell its version.
[ "$CM_CUDA_FULL_TOOLKIT_INSTALL" = "no" ] || "$CM_NVCC_BIN_WITH_PATH" --version > tmp-ver.out
