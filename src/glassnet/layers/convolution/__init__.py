"""Layers over pictures and series: samples with positions, and channels at each position, (height, width, channels)."""
