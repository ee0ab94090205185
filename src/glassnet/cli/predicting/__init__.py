"""Where predictions go: one file, or a folder with a part for each file of the table."""
