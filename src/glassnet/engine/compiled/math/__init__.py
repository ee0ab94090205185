"""Elementary functions that the processor computes many at a time."""
