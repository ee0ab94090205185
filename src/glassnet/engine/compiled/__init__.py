"""The engine that compiles a network's formulas with Numba."""
