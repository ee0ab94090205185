"""Which rows are held out: at random, in whole groups, or the latest; and what a table says about groups and times."""
