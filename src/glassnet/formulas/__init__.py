"""Pure mathematics: activations, losses, initialisers, update rules, penalties. No state, no loops."""
