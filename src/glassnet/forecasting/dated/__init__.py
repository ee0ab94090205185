"""Tables of dated numbers: time steps, gaps and several series in one table."""
