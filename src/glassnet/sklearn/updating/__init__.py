"""Tabular estimators that are trained further on new rows."""
