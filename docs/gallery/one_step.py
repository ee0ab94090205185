"""
One training step, every number of it
=====================================

A trace is a step of training laid open: forward pass, loss, backward pass and update, each formula
with the numbers put in. In a notebook it is shown as here, on a terminal as text.
"""

import glassnet as gn

xor = gn.datasets.xor()
net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1, "sigmoid")]).build(3, seed=0)
figure = gn.pictures.diagram(net, xor.feature_names)

# %%
step = gn.trace(net, xor.X, xor.y, loss="binary_cross_entropy", optimizer=gn.SGD(0.5))
step

# %%
# Why is the gradient of one weight what it is? The chain rule for this weight alone, sample by
# sample, and a finite difference for comparison:
step.why(layer=0, weight=(0, 1))
