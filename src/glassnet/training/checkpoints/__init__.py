"""What a run writes down on its way, and how it goes on from there."""
