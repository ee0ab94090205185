"""
What is predicted where
=======================

Three clouds of points that overlap, and five hidden units. Colours are the classes, deeper where
they are more probable; lines are where two are equally probable; rings are around the points that
are on the wrong side.
"""

import glassnet as gn

train, test = gn.split(gn.datasets.clouds(), test=0.2, seed=0)
net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3, "softmax")])
net.fit(train.X, train.y, loss="cross_entropy", epochs=200, seed=0)
figure = gn.pictures.decision_regions(net, test.X, test.y)

# %%
# Every picture has a dark theme:
figure = gn.pictures.decision_regions(net, test.X, test.y, theme="dark")

# %%
# What a single unit cannot do, some more can: two spirals, two hidden layers.
spirals = gn.datasets.spirals()
net = gn.Network([gn.Dense(24, "relu"), gn.Dense(24, "relu"), gn.Dense(2, "softmax")])
net.fit(spirals.X, spirals.y, loss="cross_entropy", optimizer=gn.Adam(0.01), epochs=300, seed=0)
figure = gn.pictures.decision_regions(net, spirals.X, spirals.y)
