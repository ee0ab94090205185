"""The smallest change of a row that changes its prediction: what may change, what is to be reached, the search."""
