"""What the values of a column are: numbers, dates, truth values, levels, or missing."""
