"""The rows that a tabular estimator is given: which count, and which of them validate each network."""
