"""
What is wrong?
==============

A network that does not learn, and what `gn.diagnose` finds: each finding says what was measured,
why it matters, and what to try.
"""

import glassnet as gn

iris = gn.datasets.iris()
X = iris.X * 1000
net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
history = net.fit(X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.5), epochs=30, validation=0.2, seed=0)
figure = gn.pictures.learning_curves(history)

# %%
gn.diagnose(net, X, iris.y, names=iris.feature_names)

# %%
# Once the inputs are of the size of 1 and the steps smaller, it learns:
X = (iris.X - iris.X.mean(axis=0)) / iris.X.std(axis=0)
net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
history = net.fit(X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.02), epochs=30, validation=0.2, seed=0)
figure = gn.pictures.learning_curves(history)

# %%
gn.diagnose(net, X, iris.y, names=iris.feature_names)
