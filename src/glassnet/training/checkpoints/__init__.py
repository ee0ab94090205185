"""What a run writes down on its way, and how it continues from there."""
