"""What the commands do with a forecaster in the place of a model of a table."""
