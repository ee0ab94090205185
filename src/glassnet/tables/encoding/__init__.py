"""From columns of a table to the numbers that a network reads, and back from its outputs."""
