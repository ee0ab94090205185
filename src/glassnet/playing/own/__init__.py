"""What somebody brings to a playground: a table, a network with rows, a trained model."""
