"""Reading a saved model back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from glassnet.calls import answered
from glassnet.errors import ModelFileError
from glassnet.files.model_file import FORECASTER, holds, model_in
from glassnet.files.schema import check_fields
from glassnet.formulas.elementary import Array
from glassnet.network import Network

if TYPE_CHECKING:
    from pathlib import Path

    from glassnet.forecasting.forecaster import Forecaster
    from glassnet.tables.model import TableModel


@answered
def load(path: "str | Path") -> "Network | TableModel | Forecaster":
    """Read what `save` wrote: a `Network`, the `TableModel` of `glassnet train`, or the `Forecaster` of `forecast`.

    No code in the file is run. `Network.load`, `TableModel.load` and `Forecaster.load` read one of them and refuse the
    others, so that type checkers know which.

    Parameters
    ----------
    path
        The file, or the folder of a run, which has a model.safetensors in it. Layers, activations and losses of your
        own must be defined before it is read.

    Raises ModelFileError, in one sentence, for a file that is missing, damaged or no model.

    >>> import tempfile, glassnet as gn
    >>> net = gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = gn.load(net.save(f"{folder}/model.safetensors"))
    >>> again.layers == net.layers
    True
    """
    try:
        return model_in(path, model_of)
    except ModelFileError:
        if not holds(path, FORECASTER):
            raise
    from glassnet.forecasting.forecaster import Forecaster

    return Forecaster.load(path)


def model_of(arrays: Mapping[str, Array], description: Mapping[str, Any]) -> "Network | TableModel":
    """The network or table model that a model file describes; InvalidInput or other errors for an invalid one."""
    check_fields(description, ("network", "table"), ("network",))
    table = description.get("table")
    if table is None:
        return Network.from_description(description["network"], arrays)
    from glassnet.tables.model import TableModel  # with all that tables need, which takes as long as the rest

    return TableModel.from_description(table, description["network"], arrays)
