"""The beginning of a training on several ranks, step by step with all of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from glassnet.engine.engine import Engine
from glassnet.engine.layout import Layout
from glassnet.engine.ranks.communicator import Communicator
from glassnet.formulas.elementary import Array
from glassnet.formulas.loss import Loss
from glassnet.training.blocks.source import Inputs
from glassnet.training.environment import versions
from glassnet.training.loop.validated_run import ValidatedRun
from glassnet.training.ranks.agreement import check_alike, digest, from_first
from glassnet.training.ranks.common import together

if TYPE_CHECKING:
    from glassnet.training.loop.epochs import Training


class Trained(Protocol):
    """The network that is trained."""

    layout: Layout | None
    dtype: np.dtype

    @property
    def parameters(self) -> Array:
        """Its parameters, where it has some."""
        ...

    def engine_for(self, loss: Loss) -> Engine:
        """What runs it, trained by a loss."""
        ...

    def check_run(self, X: Inputs, y: ArrayLike | None, asked: Mapping[str, Any]) -> ValidatedRun:
        """Check everything about a training."""
        ...

    def start_training(self, validated: ValidatedRun) -> "Training":
        """Start a training that was checked."""
        ...


def begin_together(
    network: Trained, communicator: Communicator, X: Inputs, y: ArrayLike | None, asked: Mapping[str, Any]
) -> "Training":
    """Start a training on all ranks, or on none of them."""
    asked = from_first(communicator, {**asked, "communicator": communicator})
    validated = together(communicator, "checks its rows", lambda: network.check_run(X, y, asked))
    engine = network.engine_for(validated.settings.loss)
    parameters = "none yet" if network.layout is None else digest(network.parameters.tobytes())
    others = {"engine": engine.name, "versions": versions(engine), "parameters": parameters}
    check_alike(communicator, validated, network.dtype, others)
    return together(communicator, "begins to train", lambda: network.start_training(validated))
