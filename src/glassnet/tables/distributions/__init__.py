"""Predictive distributions of numbers: what the outputs of a network say of them, and how they are scored."""
