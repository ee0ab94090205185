"""What people write out of habit from other libraries, and what to write here instead."""

from collections.abc import Collection

# By what a name is looked up for: the name that is known here.
VALUES = {
    "loss": {
        "mse": "squared_error", "mean_squared_error": "squared_error", "l2": "squared_error",
        "mae": "absolute_error", "mean_absolute_error": "absolute_error", "l1": "absolute_error",
        "bce": "binary_cross_entropy", "binary_crossentropy": "binary_cross_entropy",
        "nll": "cross_entropy", "ce": "cross_entropy",
        "categorical_crossentropy": "cross_entropy", "sparse_categorical_crossentropy": "cross_entropy",
        "smooth_l1": "huber", "pinball": "quantile",
    },
    "activation": {"swish": "silu", "logistic": "sigmoid", "identity": "linear", "step": "binary_step"},
    "metric": {
        "acc": "accuracy", "auc": "roc_auc", "mse": "rmse", "f1_score": "f1", "r2_score": "r2",
        "mean_absolute_error": "mae", "cross_entropy": "log_loss",
    },
    "initializer": {
        "xavier": "glorot_uniform", "xavier_uniform": "glorot_uniform", "xavier_normal": "glorot_normal",
        "he": "he_uniform", "kaiming": "he_uniform", "kaiming_uniform": "he_uniform", "kaiming_normal": "he_normal",
    },
    "penalty": {"ridge": "l2", "lasso": "l1"},
}  # fmt: skip

# Settings of a training: the line to write.
OF_TRAINING = {
    "lr": "optimizer=gn.Adam(0.01)", "learning_rate": "optimizer=gn.Adam(0.01)",
    "callbacks": "listeners=[…], and stop=gn.EarlyStopping() to stop early",
    "early_stopping": "stop=gn.EarlyStopping()",
    "patience": "stop=gn.EarlyStopping(patience=10)", "progress": "verbose=1", "n_epochs": "epochs=100",
    "num_epochs": "epochs=100", "max_epochs": "epochs=100", "max_iter": "epochs=100", "batchsize": "batch_size=32",
    "validation_split": "validation=0.2", "validation_data": "validation=(X, y)", "random_state": "seed=0",
    "weight_decay": "optimizer=gn.AdamW(weight_decay=0.01)", "criterion": "loss='cross_entropy'",
}  # fmt: skip

# Arguments of anything: the field that is meant, if there is one of this name.
ARGUMENTS = {
    "lr": "learning_rate", "learning_rate_init": "learning_rate", "beta_1": "beta1", "beta_2": "beta2",
    "eps": "epsilon", "p": "rate", "rate": "learning_rate_factor", "bias_rate": "bias_learning_rate_factor",
    "decays": "penalize", "use_bias": "bias", "fit_intercept": "bias", "kernel_initializer": "weights",
    "bias_initializer": "biases", "kernel_regularizer": "penalty", "out_features": "units", "n_units": "units",
    "stddev": "std", "negative_slope": "alpha", "gamma": "factor", "monitor": "metric",
}  # fmt: skip

INPUTS = "Leave it out: the number of inputs is found from the data"
# Arguments that are something else here: the line to write.
OF_CLASSES = {
    "SGD": {"momentum": "Write gn.Momentum(momentum=0.9)", "nesterov": "Write gn.Nesterov(momentum=0.9)"},
    "Momentum": {"nesterov": "Write gn.Nesterov(momentum=0.9)"},
    "Adam": {"weight_decay": "Write gn.AdamW(weight_decay=0.01)"},
    "Dense": {"input_dim": INPUTS, "in_features": INPUTS, "input_shape": INPUTS, "dropout": "Write gn.Dropout(0.5)"},
}  # fmt: skip


def instead_of_argument(owner: str, name: str, known: Collection[str]) -> str | None:
    """What to write instead of an argument that a class or function does not have."""
    if (said := OF_CLASSES.get(owner, {}).get(name)) is not None:
        return said
    if (meant := ARGUMENTS.get(name)) is not None and meant in known:
        return f"Write {owner}({meant}=…)"
    return instead_of_value("setting", name) if "optimizer" in known else None


def instead_of_value(kind: str, name: object) -> str | None:
    """What to write instead of a name of a family or of a setting."""
    if not isinstance(name, str):
        return None
    if kind == "setting":
        return f"Write {OF_TRAINING[name]}" if name in OF_TRAINING else None
    meant = VALUES.get(kind, {}).get(name.lower())
    return None if meant is None else f"Write {meant!r}"
