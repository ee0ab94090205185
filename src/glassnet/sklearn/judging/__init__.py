"""Whether a fitted tabular estimator should be believed."""
