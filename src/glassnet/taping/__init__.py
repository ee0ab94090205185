"""Reverse-mode differentiation: NumPy code that records itself, and the layers and losses made of it."""

from glassnet.taping import composed, primitives  # so that every function is known

__all__ = ["composed", "primitives"]
