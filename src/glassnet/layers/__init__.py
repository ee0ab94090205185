"""What a network is made of: frozen descriptions without arrays, each with its forward and backward."""

from glassnet.layers import (
    columns,
    dense,
    elementwise,
    embedding,
    flatten,
    gaussian_noise,
    normalization,
    periodic,
    residual,
    scale,
)

# Imported with the package, so that every name is known.
__all__ = [
    "columns",
    "dense",
    "elementwise",
    "embedding",
    "flatten",
    "gaussian_noise",
    "normalization",
    "periodic",
    "residual",
    "scale",
]
