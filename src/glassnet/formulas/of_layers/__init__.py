"""Formulas of layers that more than one engine reads."""
