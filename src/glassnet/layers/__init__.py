"""What a network is made of: frozen descriptions without arrays, each with its forward and backward."""

from glassnet.layers import (
    chain,
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
    "chain",
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
