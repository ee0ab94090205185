"""A step as a person would write it on a blackboard: each formula, one entry of it worked out, and the result."""
