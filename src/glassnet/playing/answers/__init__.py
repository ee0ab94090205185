"""What a page can ask of a playground beside training: explanations, practice, choices, files."""
