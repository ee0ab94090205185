"""Reverse-mode differentiation: NumPy code that records itself, and the layers and losses made of it."""

from glassnet.taping import primitives  # so that every primitive is known

__all__ = ["primitives"]
