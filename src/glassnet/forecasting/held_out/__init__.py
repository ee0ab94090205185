"""What is asked of a forecaster, and what the steps that are held out of the past tell."""
