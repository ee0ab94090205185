"""
A first network, and how it learned
===================================

Six hidden units tell three kinds of iris apart.
"""

import glassnet as gn

iris = gn.datasets.iris()
train, test = gn.split(iris, test=0.2, stratify=True, seed=0)
net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
history = net.fit(train.X, train.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=60, validation=0.2, seed=0)
figure = history.plot()

# %%
# On rows that it has not seen:
net.evaluate(test.X, test.y, metrics=["accuracy"])
