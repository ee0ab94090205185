"""Kinds of layers as steps of a program: waves, windows, sequences, ensembles."""
