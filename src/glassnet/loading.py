"""Reading a saved model back."""

from pathlib import Path

from glassnet.errors import InvalidInput, ModelFileError
from glassnet.files.model_file import read_model
from glassnet.network import Network


def load(path: str | Path) -> Network:
    """The network that `Network.save` wrote, with its loss and metrics. Nothing in the file is run.

    Layers, activations and losses of your own must be defined before. Raises ModelFileError in one sentence.
    """
    arrays, description = read_model(path)
    try:
        return Network.from_description(description["network"], arrays)
    except (InvalidInput, KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelFileError(f"{path} does not describe a network: {what}") from error
