"""A model behind HTTP: predictions, explanations, and the protocols of KServe and MLflow; `glassnet serve` runs it."""
