"""
A table as it is
================

`TabularClassifier` takes a data frame with its names and its texts, and trains by a recipe that was
tuned once for all tables. Nothing has to be chosen.
"""

import glassnet as gn
from glassnet.sklearn import TabularClassifier

table = gn.read_table("iris")  # a bundled one; else the path of a CSV or Parquet file
table.head(3)

# %%
X, y = table.drop("species"), table["species"]
model = TabularClassifier(recipe=gn.Recipe(epochs=60), random_state=0).fit(X[::2], y[::2])
model.score(X[1::2], y[1::2])

# %%
# How much worse it becomes without each column, on rows that were held out:
for name, worse in zip(X.columns, model.feature_importances_, strict=True):
    print(f"{name:14}{worse:.3f}")

# %%
# And what it makes of flowers with any petals, the other two lengths at their median:
names = list(model.classes_)
figure = gn.pictures.decision_regions(
    lambda rows: model.predict_proba(type(X)(rows, schema=X.columns)),
    X.to_numpy(),
    [names.index(name) for name in y],
    feature_names=X.columns,
    class_names=names,
    inputs=("petal_length", "petal_width"),
)
