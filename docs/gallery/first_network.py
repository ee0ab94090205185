"""
A first network, and how it learned
===================================

Six hidden units tell three kinds of iris apart. A fifth of the flowers is put aside for the end, a
fifth of the others is held out in training: their loss, `val_loss`, says whether what is learned
holds for flowers that the network does not know.
"""

import glassnet as gn

iris = gn.datasets.iris()
train, test = gn.split(iris, test=0.2, stratify=True, seed=0)
net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
adam = gn.Adam(0.05)
history = net.fit(train.X, train.y, loss="cross_entropy", optimizer=adam, validation=0.2, seed=0)
figure = gn.pictures.learning_curves(history)

# %%
# On the flowers that were put aside:
net.evaluate(test.X, test.y, metrics=["accuracy"])
