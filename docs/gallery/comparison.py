"""
Two trainings beside each other
===============================

The same network with and without dropout. Training is a line, validation dashed; the ring is the
best epoch. Without dropout the training loss falls on, and the validation loss does not follow.
"""

import glassnet as gn

digits = gn.datasets.digits()
train, test = gn.split(digits, test=0.6, stratify=True, seed=0)


def trained(*layers):
    """The history of a network of these layers."""
    net = gn.Network([*layers, gn.Dense(10, "softmax")])
    return net.fit(
        train.X / 16,
        train.y,
        loss="cross_entropy",
        optimizer=gn.Adam(0.005),
        epochs=40,
        validation=(test.X / 16, test.y),
        metrics=["accuracy"],
        seed=0,
    )


figure = gn.pictures.learning_curves(
    {
        "plain": trained(gn.Dense(128, "relu")),
        "dropout": trained(gn.Dense(128, "relu"), gn.Dropout(0.5)),
    }
)
