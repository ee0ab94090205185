"""Training: data checked, batches, the loop that yields epochs, metrics and history."""
