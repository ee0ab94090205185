"""What a network is made of: frozen descriptions without arrays, each with its forward and backward."""
