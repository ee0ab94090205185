"""Seeing through a model of a table: an explained row, column importances, pictures."""
