"""The arrays of every layer in a prediction."""

import numpy as np

from glassnet.engine.machine.blas import one_thread
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.plan import Plan
from glassnet.engine.prediction import predicted
from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import TracedLayer, traced
from glassnet.network import Network


def predicted_layers(net: Network, X: Array) -> list[TracedLayer]:
    """The arrays of every layer as in prediction: dropout and noise rest, BatchNorm takes its running statistics."""
    layout, parameters = net.built()
    plan = Plan(layout, parameters, len(X), training=False, state=net.state)
    with quiet(), one_thread():
        predicted(plan, np.ascontiguousarray(X, net.dtype))
    return traced(layout.nodes, plan.steps(len(X)), predicted=True)
