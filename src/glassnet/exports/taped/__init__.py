"""Layers made of a function as steps of a program: the calls that the tape records for a row."""
