"""Rows that come block by block, for data larger than memory."""
