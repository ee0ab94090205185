"""From the weights of PyTorch, by module, to the arrays of layers."""
