"""The folder that a training leaves: report, figures, and how its recipe is told in words."""
