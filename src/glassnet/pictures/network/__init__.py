"""What a network is and does inside: diagram, units, activations, loss surface."""
