"""Checkpoints: how a run is saved on its way and resumed."""
