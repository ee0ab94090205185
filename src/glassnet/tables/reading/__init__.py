"""From a file of any usual kind to a data frame, whole or chunk by chunk."""
