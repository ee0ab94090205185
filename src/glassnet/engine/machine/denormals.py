"""Denormal numbers, with which processors are slow: what a rule or an average remembers becomes 0 before it is one."""

FLUSH_EVERY = 256  # steps
NEGLIGIBLE = 1e-25  # below which a remembered number becomes 0
