"""The reference models of MLPerf inference: their data sets and how their answers are judged.

Facts (sizes, constants, formats of logs) follow the rules and the public reference implementation at
https://github.com/mlcommons/inference.
"""
