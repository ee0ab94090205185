"""What a network is made of: frozen descriptions without arrays, each with its forward and backward."""

from glassnet.layers import dense, elementwise, flatten, residual

__all__ = ["dense", "elementwise", "flatten", "residual"]  # imported with the package, so that every name is known
