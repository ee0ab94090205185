"""
Inside a training
=================

A listener copies the parameters after each epoch; weights, activations and gradients of each
layer are computed from these afterwards. With sigmoids layer behind layer, the gradient falls
from the last layer to the first.
"""

import tempfile
from pathlib import Path

import glassnet as gn

digits = gn.datasets.digits()
X = digits.X / 16
net = gn.Network([*[gn.Dense(32, "sigmoid")] * 3, gn.Dense(10, "softmax")])
snapshots = gn.listeners.Snapshots(net)
net.fit(X, digits.y, loss="cross_entropy", epochs=30, seed=0, listeners=[snapshots])
figure = gn.pictures.distributions(snapshots, X, digits.y)

# %%
# The loss around the end, on the plane in which most of the way there lies, and the way:
figure = gn.pictures.loss_surface(net, X, digits.y, snapshots=snapshots)

# %%
# The regions of two spirals while they are learned, as a film:
spirals = gn.datasets.spirals()
net = gn.Network([gn.Dense(24, "relu"), gn.Dense(24, "relu"), gn.Dense(2, "softmax")])
snapshots = gn.listeners.Snapshots(net, most=40)
adam = gn.Adam(0.01)
net.fit(spirals.X, spirals.y, loss="cross_entropy", optimizer=adam, epochs=320, seed=0, listeners=[snapshots])
film = gn.pictures.film(snapshots, spirals.X, spirals.y, Path(tempfile.mkdtemp(), "spirals.gif"))
