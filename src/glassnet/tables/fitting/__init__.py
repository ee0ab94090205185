"""From a table to a trained model: recipe, rows held out, ensembles, calibration."""
