"""Models of 8 bits: from a program in floating point to one in whole numbers, by the ranges of its values."""
