"""Formulas as docstrings write them: read into trees, filled with numbers, shown as text and as MathML."""
