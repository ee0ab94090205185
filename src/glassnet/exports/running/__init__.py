"""Exported files run where their runtime is at hand: what they give for rows, to be compared with `predict`."""
