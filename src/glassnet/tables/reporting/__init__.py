"""What a person gets to see of a model of a table: report, explanation, pictures."""
