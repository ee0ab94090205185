"""Kernels of layers with members: networks in one that share most of their weights."""
