"""The names that may stand for objects, as editors and type checkers read them; each registry holds the same."""

from typing import Literal

ActivationName = Literal[
    "linear",
    "binary_step",
    "sigmoid",
    "tanh",
    "arctan",
    "relu",
    "leaky_relu",
    "prelu",
    "elu",
    "selu",
    "softplus",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "hard_sigmoid",
    "exponential",
    "softmax",
    "parametric",
]
AverageName = Literal["moving_average"]
ClipName = Literal["clip_norm", "clip_value"]
InitializerName = Literal[
    "zeros",
    "constant",
    "normal",
    "uniform",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "orthogonal",
    "unit_variance",
    "through_data",
]
LossName = Literal[
    "squared_error",
    "sum_of_squared_errors",
    "half_squared_error",
    "absolute_error",
    "huber",
    "log_cosh",
    "poisson",
    "quantile",
    "gaussian_likelihood",
    "gaussian_crps",
    "cross_entropy",
    "binary_cross_entropy",
    "clipped_cross_entropy",
    "clipped_binary_cross_entropy",
]
MetricName = Literal[
    "accuracy",
    "top_k_accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "average_precision",
    "log_loss",
    "balanced_accuracy",
    "precision_at_recall",
    "brier",
    "mae",
    "rmse",
    "r2",
    "median_absolute_error",
    "mape",
    "pinball",
]
OptimizerName = Literal[
    "sgd",
    "momentum",
    "momentum_of_steps",
    "nesterov",
    "nesterov_of_steps",
    "adagrad",
    "rmsprop",
    "adam",
    "adam_epsilon_hat",
    "adamw",
    "nadam",
    "lion",
    "lbfgs",
]
PenaltyName = Literal["l1", "l2", "elastic_net"]
StopName = Literal["early_stopping"]
