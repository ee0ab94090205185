"""Figures of forecasts: where they went, how far they were off, and what they follow from."""
