"""Should a model be believed? Its score with an interval, beside those of simple models on the same rows."""
