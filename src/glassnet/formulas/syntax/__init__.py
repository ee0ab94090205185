"""Formulas as trees: read from their Python source once, printed by engines and exports."""
