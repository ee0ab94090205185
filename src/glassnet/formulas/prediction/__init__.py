"""Formulas of prediction, which no training differentiates: what layers add, a table's numbers and back."""
