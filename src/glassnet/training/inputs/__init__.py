"""Rows and targets before a training: checked, converted, weighed, split."""
