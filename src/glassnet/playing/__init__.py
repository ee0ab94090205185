"""The playground: a training in a browser, step by step, forward and back; `glassnet playground` runs it."""
