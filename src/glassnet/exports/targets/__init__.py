"""What a program can be printed as: a module for each target."""
