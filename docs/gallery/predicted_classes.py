"""
Classes: found, ranked, and meant
=================================

Which classes are taken for which, whether the right rows come first, and whether 70 % are right of
what is said at 70 %: pictures of what a model makes of rows that it has not seen.
"""

import glassnet as gn

digits = gn.datasets.digits()
train, test = gn.split(digits, test=0.3, stratify=True, seed=0)
net = gn.Network([gn.Dense(64, "relu"), gn.Dropout(0.3), gn.Dense(10, "softmax")])
net.fit(train.X / 16, train.y, loss="cross_entropy", epochs=30, seed=0)
p = net.predict(test.X / 16)
figure = gn.pictures.confusion(test.y, p.argmax(axis=1), digits.class_names)

# %%
# Are the rows of a class ranked before all others? Of ten classes the hardest are named:
figure = gn.pictures.precision_recall(test.y, p, digits.class_names)

# %%
# Two moons that overlap, so that a good model must often be unsure:
moons = gn.datasets.moons(2000, noise=0.35)
train, test = gn.split(moons, test=0.5, stratify=True, seed=0)
net = gn.Network([gn.Dense(16, "tanh"), gn.Dense(2, "softmax")])
net.fit(train.X, train.y, loss="cross_entropy", epochs=60, seed=0)
p = net.predict(test.X)
figure = gn.pictures.roc(test.y, p, ["upper", "lower"])

# %%
# On the dotted line lie probabilities that mean what they say:
figure = gn.pictures.calibration(test.y, p, ["upper", "lower"])
