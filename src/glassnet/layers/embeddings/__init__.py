"""Layers that make vectors of codes and of numbers."""
