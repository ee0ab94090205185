"""Kernels over the steps of sequences, and the lowerings of layers that have them."""
