"""Timings beside other libraries, and the goals for them.

One file a family of rows: steps, fits, predictions, cold_start, size, many_fits, features, scaling; `run` puts them
together. Each holds its goals, and its libraries in `PEERS`. A new library is a file in `peers/` and a line in `PEERS`;
a new row is a line in `cases.CASES`, `tasks.RECIPES`, `predictions.ROWS`, `cold_start.STARTS` or `sizes.SWEEPS`.
"""
