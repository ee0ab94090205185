"""Tables: the bundled data sets, reading files, splitting rows, and turning columns into numbers."""
