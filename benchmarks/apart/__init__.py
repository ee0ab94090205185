"""Sixteen tables kept apart from development, glassnet's estimators beside others that are fitted in the same run."""
