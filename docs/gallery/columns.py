"""
What a model needs, and what it makes of it
===========================================

How much accuracy is lost when a column is shuffled, so that it says nothing any more; and how
the prediction changes with one column, all else as it is in the rows.
"""

import glassnet as gn

iris = gn.datasets.iris()
train, test = gn.split(iris, test=0.4, stratify=True, seed=0)
net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
net.fit(train.X, train.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=60, seed=0)
figure = gn.pictures.permutation_importance(net.predict, test.X, test.y, iris.feature_names)

# %%
figure = gn.pictures.partial_dependence(net.predict, test.X, 2, "petal length in cm", classes=iris.class_names)

# %%
# Two columns at once; where the bands are slanted, both count:
names = ["petal length in cm", "petal width in cm"]
figure = gn.pictures.joint_partial_dependence(
    net.predict, test.X, (2, 3), names, classes=iris.class_names, of="virginica"
)
