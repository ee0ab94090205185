"""
Which learning rate to begin with
=================================

The rate grows by the same factor from step to step until the loss explodes; a good one to begin
with lies where it falls most steeply (Smith 2017, arXiv 1506.01186). The network is not changed.
"""

import glassnet as gn

digits = gn.datasets.digits()
train, test = gn.split(digits, test=0.2, stratify=True, seed=0)
net = gn.Network([gn.Dense(64, "relu"), gn.Dense(10, "softmax")])
X = train.X / 16
found = gn.learning_rate_range(net, X, train.y, loss="cross_entropy", optimizer="adam", seed=0)
figure = found.plot()

# %%
# With that rate, rising in the first third and falling to the end:
rule = gn.Adam(gn.OneCycle(found.suggestion))
history = net.fit(X, train.y, loss="cross_entropy", optimizer=rule, epochs=20, validation=0.2, seed=0)
figure = gn.pictures.learning_curves(history, "loss", "learning_rate")

# %%
net.evaluate(test.X / 16, test.y, metrics=["accuracy"])
