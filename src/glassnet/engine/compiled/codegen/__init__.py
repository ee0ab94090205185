"""From formulas and layers to source code of kernels, compiled and kept on disk."""
