"""What the file of a forecaster must hold, checked before anything is made of it."""
