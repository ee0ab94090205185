"""Diagnosis of a network and its data: one small file for each fault, all using the same evidence."""
