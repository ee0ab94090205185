"""The tabular suite: fifteen public tables, glassnet's estimators beside others on the same splits."""
