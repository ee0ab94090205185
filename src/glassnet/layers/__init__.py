"""What a network is made of: frozen descriptions without arrays, each with its forward and backward."""

from glassnet.layers import (
    activation,
    chain,
    columns,
    dense,
    dropout,
    embedding,
    flatten,
    gaussian_noise,
    normalization,
    periodic,
    piecewise_linear,
    residual,
    scale,
)
from glassnet.layers.convolution import convolution, pad, pooling
from glassnet.layers.sequences import attention, gru, lstm, masking, positional_encoding, simple_rnn

# Imported with the package, so that every name is known.
__all__ = [
    "activation",
    "attention",
    "chain",
    "columns",
    "convolution",
    "dense",
    "dropout",
    "embedding",
    "flatten",
    "gaussian_noise",
    "gru",
    "lstm",
    "masking",
    "normalization",
    "pad",
    "periodic",
    "piecewise_linear",
    "pooling",
    "positional_encoding",
    "residual",
    "scale",
    "simple_rnn",
]
