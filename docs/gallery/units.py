"""
One unit, and what each responds to
===================================

A unit multiplies what comes in by its weights, adds up, and bends the sum. Here is one with the
numbers of a flower.
"""

import glassnet as gn

iris = gn.datasets.iris()
net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
net.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=60, seed=0)
figure = gn.pictures.neuron(net, iris.X[60], layer=0, unit=2, feature_names=iris.feature_names)

# %%
# On two inputs each unit of the first layer draws a line, and the next layers put them together:
spirals = gn.datasets.spirals()
net = gn.Network([gn.Dense(12, "tanh"), gn.Dense(8, "tanh"), gn.Dense(2, "softmax")])
net.fit(spirals.X, spirals.y, loss="cross_entropy", optimizer=gn.Adam(0.02), epochs=300, seed=0)
figure = gn.pictures.responses(net, spirals.X, 0)

# %%
figure = gn.pictures.responses(net, spirals.X, 1)

# %%
# On images the weights of a unit are an image themselves:
digits = gn.datasets.digits()
net = gn.Network([gn.Dense(12, "relu", penalty=gn.L2(1e-2)), gn.Dense(10, "softmax")])
net.fit(digits.X / 16, digits.y, loss="cross_entropy", epochs=30, seed=0)
figure = gn.pictures.responses(net, digits.X / 16, shape=(8, 8))

# %%
# A convolution looks through a small window, the same at every place. Its filters, what they make
# of a picture, and for each the parts of pictures to which it responds most:
images = digits.X.reshape(-1, 8, 8, 1) / 16
net = gn.Network([gn.Conv2D(8, 3, "relu", padding="same"), gn.MaxPool(2), gn.Flatten(), gn.Dense(10, "softmax")])
net.fit(images, digits.y, loss="cross_entropy", optimizer=gn.Adam(0.01), epochs=10, seed=0)
figure = gn.pictures.filters(net)

# %%
figure = gn.pictures.feature_maps(net, images[3])

# %%
figure = gn.pictures.strongest_patches(net, images[:500], most=8)
