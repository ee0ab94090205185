"""A model of a table seen through: a row explained, the columns it needs, pictures."""
