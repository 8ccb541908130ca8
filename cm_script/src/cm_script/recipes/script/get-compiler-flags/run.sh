#!/bin/bash
# The compiler prints the folders that it searches for headers.
LC_ALL=C "$CM_C_COMPILER_WITH_PATH" -E -v -x c /dev/null -o /dev/null > tmp-compiler-search.out 2>&1
