"""Tabular estimators in model files."""
