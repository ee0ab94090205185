"""
A computation, forward and back
===============================

The tape records what a function computes, then applies the chain rule from the result back to the
arguments. Each box is an array: its formula, its value (blue) and its gradient (orange).
"""

import numpy as np

import glassnet as gn

made = gn.tape(lambda x, w, b, t: (np.tanh(w * x + b) - t) ** 2, x=1.5, w=0.8, b=-0.2, t=0.1)
figure = gn.pictures.tape(made)

# %%
# Step by step: after three steps the gradient has come as far as the box with the thick border.
figure = gn.pictures.tape(made, step=3)

# %%
# The same in a table, with the rule for each gradient:
made
