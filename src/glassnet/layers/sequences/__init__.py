"""Layers of sequences (steps, features): recurrence, attention, positions."""
