"""
The network itself
==================

Circles are units, lines are weights, and the fill of a unit is its bias, in colour. After training
one sees what each unit listens to.
"""

import glassnet as gn

iris = gn.datasets.iris()
net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
net.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=60, seed=0)
figure = gn.pictures.diagram(net, iris.feature_names, iris.class_names)

# %%
# The same numbers as arrays:
net.arrays["0.W"].round(2)
