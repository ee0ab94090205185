"""The public face as type checkers read it; `__init__.py` imports each name when it is first used."""

from glassnet import forecasting, listeners, pictures, reinforcement
from glassnet.errors import (
    Diverged,
    GlassnetError,
    InvalidInput,
    MissingExtra,
    ModelFileError,
    OutOfMemory,
    UnknownName,
)
from glassnet.exports.writing import Export, export
from glassnet.formulas import activations, initializers, losses, penalties, schedules, update_rules
from glassnet.formulas.activations import (
    ELU,
    GELU,
    SELU,
    Arctan,
    BinaryStep,
    Exponential,
    GELUTanh,
    HardSigmoid,
    LeakyReLU,
    Linear,
    Mish,
    Parametric,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from glassnet.formulas.averages import Average, MovingAverage
from glassnet.formulas.clipping import Clip, ClipNorm, ClipValue
from glassnet.formulas.distribution_losses import GaussianCRPS, GaussianLikelihood, MixtureLikelihood, NegativeBinomial
from glassnet.formulas.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Initializer,
    LeCunNormal,
    LeCunUniform,
    Normal,
    Orthogonal,
    SpreadNormal,
    ThroughData,
    Uniform,
    UnitVariance,
    Zeros,
)
from glassnet.formulas.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    ClippedBinaryCrossEntropy,
    ClippedCrossEntropy,
    CrossEntropies,
    CrossEntropy,
    HalfSquaredError,
    Huber,
    LogCosh,
    Loss,
    Poisson,
    Quantile,
    SquaredError,
    SumOfSquaredErrors,
)
from glassnet.formulas.penalties import L1, L2, ElasticNet, Penalty
from glassnet.formulas.schedules import (
    ConstantSchedule,
    Cosine,
    CosineLog,
    ExponentialDecay,
    FlatCosine,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    Step,
    WarmUp,
)
from glassnet.formulas.update_rules import (
    LBFGS,
    SGD,
    AdaGrad,
    Adam,
    AdamEpsilonHat,
    AdamW,
    Lion,
    Momentum,
    MomentumOfSteps,
    Nadam,
    Nesterov,
    NesterovOfSteps,
    RMSProp,
    UpdateRule,
)
from glassnet.importing.from_keras import from_keras
from glassnet.importing.from_onnx import from_onnx
from glassnet.importing.from_sklearn import from_sklearn
from glassnet.importing.from_torch import from_torch
from glassnet.insight.diagnosis.diagnose import diagnose
from glassnet.insight.diagnosis.finding import Diagnosis, Finding
from glassnet.insight.gradient_check import GradientCheck, check_gradient
from glassnet.insight.learning_rate_range import LearningRateRange, learning_rate_range
from glassnet.insight.tape import Tape, tape
from glassnet.insight.trace import Trace, trace
from glassnet.insight.why import Why
from glassnet.layers.activation import Activation
from glassnet.layers.chain import Chain
from glassnet.layers.columns import Columns
from glassnet.layers.convolution.convolution import Conv1D, Conv2D
from glassnet.layers.convolution.pad import Pad
from glassnet.layers.convolution.pooling import AveragePool, GlobalAveragePool, MaxPool
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.embeddings.periodic import PeriodicEmbedding
from glassnet.layers.embeddings.piecewise_linear import PiecewiseLinearEmbedding
from glassnet.layers.ensembles.batch_ensemble import BatchEnsemble
from glassnet.layers.ensembles.dense_per_member import DensePerMember
from glassnet.layers.ensembles.mean_of_members import MeanOfMembers
from glassnet.layers.ensembles.members import Members
from glassnet.layers.flatten import Flatten, Reshape
from glassnet.layers.gaussian_noise import GaussianNoise
from glassnet.layers.layer import Layer, Parameter
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.residual import Residual
from glassnet.layers.scale import Scale
from glassnet.layers.sequences.attention import Attention
from glassnet.layers.sequences.gru import GRU
from glassnet.layers.sequences.lstm import LSTM
from glassnet.layers.sequences.masking import Masking
from glassnet.layers.sequences.positional_encoding import PositionalEncoding
from glassnet.layers.sequences.simple_rnn import SimpleRNN
from glassnet.loading import load
from glassnet.many import train_many
from glassnet.network import Network
from glassnet.playing.notebook import playground
from glassnet.predictor import Predictor
from glassnet.tables import datasets
from glassnet.tables.fitting.cross_validation import CrossValidation, cross_validate
from glassnet.tables.fitting.learning_curve import RowsCurve
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.judging.bootstrap import Interval
from glassnet.tables.judging.gain import Gain
from glassnet.tables.judging.judge import compare_baselines
from glassnet.tables.judging.verdict import Comparison, Verdict
from glassnet.tables.model import TableModel
from glassnet.tables.predictor import TablePredictor
from glassnet.tables.reporting.write_report import write_report
from glassnet.tables.sources.databases import write_table
from glassnet.tables.sources.read_table import read_table
from glassnet.tables.splitting import split
from glassnet.tables.update_record import UpdateRecord
from glassnet.tables.updating.update import TableUpdate
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.taping.function import Function, layer
from glassnet.taping.own_loss import loss
from glassnet.training import metrics
from glassnet.training.blocks.source import Blocks
from glassnet.training.checkpoints.settings import Checkpoint
from glassnet.training.epoch import Epoch
from glassnet.training.history import History
from glassnet.training.loop.optimizer_state import OptimizerState
from glassnet.training.metrics import Metric
from glassnet.training.stopping import EarlyStopping, MaxTime, Stop, StopAfter, Target
from glassnet.tuning.tune import Tuned, tune

__version__: str

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "L1",
    "L2",
    "LBFGS",
    "LSTM",
    "SELU",
    "SGD",
    "AbsoluteError",
    "Activation",
    "AdaGrad",
    "Adam",
    "AdamEpsilonHat",
    "AdamW",
    "Arctan",
    "Attention",
    "Average",
    "AveragePool",
    "BatchEnsemble",
    "BatchNorm",
    "BinaryCrossEntropy",
    "BinaryStep",
    "Blocks",
    "Chain",
    "Checkpoint",
    "Clip",
    "ClipNorm",
    "ClipValue",
    "ClippedBinaryCrossEntropy",
    "ClippedCrossEntropy",
    "ColumnOptions",
    "Columns",
    "Comparison",
    "Constant",
    "ConstantSchedule",
    "Conv1D",
    "Conv2D",
    "Cosine",
    "CosineLog",
    "CrossEntropies",
    "CrossEntropy",
    "CrossValidation",
    "Dense",
    "DensePerMember",
    "Diagnosis",
    "Diverged",
    "Dropout",
    "EarlyStopping",
    "ElasticNet",
    "Embedding",
    "Epoch",
    "Exponential",
    "ExponentialDecay",
    "Export",
    "Finding",
    "FlatCosine",
    "Flatten",
    "Function",
    "GELUTanh",
    "Gain",
    "GaussianCRPS",
    "GaussianLikelihood",
    "GaussianNoise",
    "GlassnetError",
    "GlobalAveragePool",
    "GlorotNormal",
    "GlorotUniform",
    "GradientCheck",
    "HalfSquaredError",
    "HardSigmoid",
    "HeNormal",
    "HeUniform",
    "History",
    "Huber",
    "Initializer",
    "Interval",
    "InvalidInput",
    "Layer",
    "LayerNorm",
    "LeCunNormal",
    "LeCunUniform",
    "LeakyReLU",
    "LearningRateRange",
    "Linear",
    "Lion",
    "LogCosh",
    "Loss",
    "Masking",
    "MaxPool",
    "MaxTime",
    "MeanOfMembers",
    "Members",
    "Metric",
    "Mish",
    "MissingExtra",
    "MixtureLikelihood",
    "ModelFileError",
    "Momentum",
    "MomentumOfSteps",
    "MovingAverage",
    "Nadam",
    "NegativeBinomial",
    "Nesterov",
    "NesterovOfSteps",
    "Network",
    "Normal",
    "OneCycle",
    "OptimizerState",
    "Orthogonal",
    "OutOfMemory",
    "PReLU",
    "Pad",
    "Parameter",
    "Parametric",
    "Penalty",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "Poisson",
    "PositionalEncoding",
    "Predictor",
    "Quantile",
    "RMSProp",
    "ReLU",
    "Recipe",
    "ReduceOnPlateau",
    "Reshape",
    "Residual",
    "RowsCurve",
    "Scale",
    "Schedule",
    "SiLU",
    "Sigmoid",
    "SimpleRNN",
    "Softmax",
    "Softplus",
    "SpreadNormal",
    "SquaredError",
    "Step",
    "Stop",
    "StopAfter",
    "SumOfSquaredErrors",
    "TableModel",
    "TablePredictor",
    "TableTraining",
    "TableUpdate",
    "Tanh",
    "Tape",
    "Target",
    "ThroughData",
    "Trace",
    "Tuned",
    "Uniform",
    "UnitVariance",
    "UnknownName",
    "UpdateRecord",
    "UpdateRule",
    "Verdict",
    "WarmUp",
    "Why",
    "Zeros",
    "activations",
    "check_gradient",
    "compare_baselines",
    "cross_validate",
    "datasets",
    "diagnose",
    "export",
    "forecasting",
    "from_keras",
    "from_onnx",
    "from_sklearn",
    "from_torch",
    "initializers",
    "layer",
    "learning_rate_range",
    "listeners",
    "load",
    "loss",
    "losses",
    "metrics",
    "penalties",
    "pictures",
    "playground",
    "read_table",
    "reinforcement",
    "schedules",
    "split",
    "tape",
    "trace",
    "train_many",
    "tune",
    "update_rules",
    "write_report",
    "write_table",
]
