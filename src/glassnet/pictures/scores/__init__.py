"""How good predictions are: right and wrong, ranked, calibrated, left over."""
