"""The networks that recipes make for the columns of a table."""
