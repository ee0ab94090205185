"""Layers of networks in one: members that share most of their weights (BatchEnsemble, TabM)."""
