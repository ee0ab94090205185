"""What a network is made of: frozen descriptions without arrays, each with its forward and backward."""

from glassnet.layers import (
    activation,
    chain,
    columns,
    dense,
    dropout,
    flatten,
    gaussian_noise,
    normalization,
    residual,
    scale,
)
from glassnet.layers.convolution import convolution, pad, pooling
from glassnet.layers.embeddings import embedding, periodic, piecewise_linear
from glassnet.layers.ensembles import batch_ensemble, dense_per_member, mean_of_members, members
from glassnet.layers.sequences import attention, gru, lstm, masking, positional_encoding, simple_rnn

# Imported with the package, so that every name is known.
__all__ = [
    "activation",
    "attention",
    "batch_ensemble",
    "chain",
    "columns",
    "convolution",
    "dense",
    "dense_per_member",
    "dropout",
    "embedding",
    "flatten",
    "gaussian_noise",
    "gru",
    "lstm",
    "masking",
    "mean_of_members",
    "members",
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
