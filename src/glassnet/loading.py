"""Reading a saved model back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput, ModelFileError
from glassnet.files.model_file import read_model
from glassnet.files.schema import check_fields
from glassnet.formulas.elementary import Array
from glassnet.network import Network

if TYPE_CHECKING:
    from pathlib import Path

WRONG = (InvalidInput, KeyError, TypeError, AttributeError, ValueError, ArithmeticError, IndexError, RecursionError)


def load(path: "str | Path") -> Any:
    """What `save` wrote: a `Network`, or the `TableModel` of `glassnet train`. Nothing in the file is run.

    Layers, activations and losses of your own must be defined before. Raises ModelFileError in one sentence.

    >>> import tempfile, glassnet as gn
    >>> net = gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = gn.load(net.save(f"{folder}/model.safetensors"))
    >>> again.layers == net.layers
    True
    """
    try:
        arrays, description = read_model(path)
        return model_of(arrays, description)
    except ModelFileError:
        raise
    except WRONG as error:
        raise ModelFileError(f"{path} does not describe a model: {error}") from error
    except MemoryError as error:
        raise ModelFileError(f"{path} takes more memory than there is.") from error


def model_of(arrays: Mapping[str, Array], description: Mapping[str, Any]) -> Any:
    """The network or table model that a model file describes; InvalidInput, or what else a wrong one leads to."""
    check_fields(description, ("network", "table"), ("network",))
    network = Network.from_description(description["network"], arrays)
    table = description.get("table")
    if table is None:
        return network
    from glassnet.tables.model import TableModel  # with all that tables need, which takes as long as the rest

    return TableModel.from_description(table, network)
