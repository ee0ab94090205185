"""What is wrong with a network or its data: one small file for each fault, all looking at the same evidence."""
