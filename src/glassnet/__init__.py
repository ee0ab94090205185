"""glassnet trains neural networks that you can see through: every formula next to its derivation, on NumPy alone."""

__version__ = "0.1.0"

# The public names by module, each imported when it is first used; `__init__.pyi` says the same to type checkers.
MODULES = {
    "errors": "Diverged GlassnetError InvalidInput MissingExtra ModelFileError OutOfMemory UnknownName",
    "formulas": "activations initializers losses penalties schedules update_rules",
    "formulas.activations": "Arctan BinaryStep ELU Exponential GELU GELUTanh HardSigmoid LeakyReLU Linear Mish PReLU "
    "Parametric ReLU SELU Sigmoid SiLU Softmax Softplus Tanh",
    "formulas.averages": "Average MovingAverage",
    "formulas.clipping": "Clip ClipNorm ClipValue",
    "formulas.initializers": "Constant GlorotNormal GlorotUniform HeNormal HeUniform Initializer LeCunNormal "
    "LeCunUniform Normal Orthogonal SpreadNormal ThroughData Uniform UnitVariance Zeros",
    "formulas.distribution_losses": "GaussianCRPS GaussianLikelihood MixtureLikelihood NegativeBinomial",
    "formulas.losses": "AbsoluteError BinaryCrossEntropy ClippedBinaryCrossEntropy ClippedCrossEntropy CrossEntropies "
    "CrossEntropy HalfSquaredError Huber LogCosh Loss Poisson Quantile SquaredError SumOfSquaredErrors",
    "formulas.penalties": "ElasticNet L1 L2 Penalty",
    "formulas.schedules": "ConstantSchedule Cosine CosineLog ExponentialDecay FlatCosine OneCycle ReduceOnPlateau "
    "Schedule Step WarmUp",
    "formulas.update_rules": "AdaGrad Adam AdamEpsilonHat AdamW LBFGS Lion Momentum MomentumOfSteps Nadam Nesterov "
    "NesterovOfSteps RMSProp SGD UpdateRule",
    "exports.writing": "Export export",
    "importing.from_keras": "from_keras",
    "importing.from_onnx": "from_onnx",
    "importing.from_sklearn": "from_sklearn",
    "importing.from_torch": "from_torch",
    "insight.diagnosis.diagnose": "diagnose",
    "insight.diagnosis.finding": "Diagnosis Finding",
    "insight.gradient_check": "GradientCheck check_gradient",
    "insight.learning_rate_range": "LearningRateRange learning_rate_range",
    "insight.tape": "Tape tape",
    "insight.trace": "Trace trace",
    "insight.why": "Why",
    "layers.chain": "Chain",
    "layers.columns": "Columns",
    "layers.convolution.convolution": "Conv1D Conv2D",
    "layers.convolution.pad": "Pad",
    "layers.convolution.pooling": "AveragePool GlobalAveragePool MaxPool",
    "layers.dense": "Dense",
    "layers.activation": "Activation",
    "layers.dropout": "Dropout",
    "layers.embeddings.embedding": "Embedding",
    "layers.ensembles.batch_ensemble": "BatchEnsemble",
    "layers.ensembles.dense_per_member": "DensePerMember",
    "layers.ensembles.mean_of_members": "MeanOfMembers",
    "layers.ensembles.members": "Members",
    "layers.flatten": "Flatten Reshape",
    "layers.gaussian_noise": "GaussianNoise",
    "layers.layer": "Layer Parameter",
    "layers.normalization": "BatchNorm LayerNorm",
    "layers.embeddings.periodic": "PeriodicEmbedding",
    "layers.embeddings.piecewise_linear": "PiecewiseLinearEmbedding",
    "layers.residual": "Residual",
    "layers.scale": "Scale",
    "layers.sequences.attention": "Attention",
    "layers.sequences.gru": "GRU",
    "layers.sequences.lstm": "LSTM",
    "layers.sequences.masking": "Masking",
    "layers.sequences.positional_encoding": "PositionalEncoding",
    "layers.sequences.simple_rnn": "SimpleRNN",
    "loading": "load",
    "many": "train_many",
    "network": "Network",
    "playing.notebook": "playground",
    "predictor": "Predictor",
    "tables": "datasets",
    "tables.judging.bootstrap": "Interval",
    "tables.judging.gain": "Gain",
    "tables.judging.judge": "compare_baselines",
    "tables.judging.verdict": "Comparison Verdict",
    "tables.model": "TableModel",
    "tables.predictor": "TablePredictor",
    "tables.sources.read_table": "read_table",
    "tables.sources.databases": "write_table",
    "tables.splitting": "split",
    "tables.fitting.learning_curve": "RowsCurve",
    "tables.fitting.recipe": "Recipe",
    "tables.fitting.cross_validation": "cross_validate CrossValidation",
    "tables.fitting.training": "TableTraining",
    "tables.reporting.write_report": "write_report",
    "tables.update_record": "UpdateRecord",
    "tables.updating.update": "TableUpdate",
    "tables.values.column_options": "ColumnOptions",
    "taping.function": "Function layer",
    "taping.own_loss": "loss",
    "training": "metrics",
    "training.blocks.source": "Blocks",
    "training.checkpoints.settings": "Checkpoint",
    "training.epoch": "Epoch",
    "training.history": "History",
    "training.metrics": "Metric",
    "training.loop.optimizer_state": "OptimizerState",
    "training.stopping": "EarlyStopping MaxTime Stop StopAfter Target",
    "tuning.tune": "Tuned tune",
}
HOMES = {name: module for module, names in MODULES.items() for name in names.split()}
PACKAGES = ["forecasting", "listeners", "pictures", "reinforcement"]  # public as they are

__all__ = sorted([*HOMES, *PACKAGES])


def __getattr__(name: str) -> object:  # without `typing`, which is half of the time until signals are heard
    """A public name, from the module that it lives in (PEP 562)."""
    if name in PACKAGES:
        return getattr(__import__(f"glassnet.{name}"), name)
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = __import__(f"glassnet.{HOMES[name]}", fromlist=[name])  # as `from home import name` does
    globals()[name] = found = getattr(home, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES, *PACKAGES})
