"""Going on with a model of a table on new rows: its encoder is kept and grows, its networks are trained further."""
