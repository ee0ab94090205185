"""
Numbers from a table, with intervals
====================================

The width of a petal from three other measures of the flower. `predict_interval` says between which
two numbers nine of ten lie; the margin comes from rows that were held out.
"""

import glassnet as gn
from glassnet.sklearn import TabularRegressor

iris = gn.datasets.iris()
train, test = gn.split(iris, test=0.3, stratify=True, seed=0)
model = TabularRegressor(recipe=gn.Recipe(epochs=40), random_state=0).fit(train.X[:, :3], train.X[:, 3])
predicted, interval = model.predict(test.X[:, :3]), model.predict_interval(test.X[:, :3], coverage=0.9)
figure = gn.pictures.predicted_against_true(test.X[:, 3], predicted, "petal width in cm", interval=interval)

# %%
# Where is it too high, where too low, and where is it uncertain?
figure = gn.pictures.residuals(test.X[:, 3], predicted, "petal width in cm")
