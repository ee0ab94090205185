"""What is in a `.keras` file: a zip archive of a configuration in JSON and weights in HDF5."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief, first_line, shortened
from glassnet.extras import require
from glassnet.files.json_text import read_json
from glassnet.formulas.elementary import Array
from glassnet.importing.allowance import Allowance

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
FACTOR = 16  # how many times larger the contents may be than the archive
FREE = 1 << 20


@contextmanager
def archive_of(data: bytes) -> Iterator[tuple[Any, "Weights"]]:
    """(the configuration, the weights) of an archive; InvalidInput for one that is damaged, or larger than it seems."""
    if data.startswith(b"\x89HDF"):
        raise InvalidInput(
            'it is of the older format .h5: load it in Keras, and save it again with model.save("model.keras")'
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            config = read_json(_member(archive, CONFIG, len(data)))
            weights = io.BytesIO(_member(archive, WEIGHTS, len(data)))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InvalidInput(f"it is not a complete archive ({shortened(first_line(error), 100)})") from error
    h5py = require("h5py", "keras", "reading a Keras file")
    with h5py.File(weights, "r") as file:
        yield config, Weights(file, h5py, Allowance(len(data)))


def _member(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    if name not in archive.namelist():
        raise InvalidInput(f"it holds no {name}: expected a file that Keras 3 saved as .keras")
    about = archive.getinfo(name)
    if about.file_size > FACTOR * size + FREE:
        raise InvalidInput(f"its {name} would unpack to more than {FACTOR} times the size of the file")
    with archive.open(about) as member:
        return member.read(about.file_size + 1)[: about.file_size]


class Weights:
    """Arrays in an HDF5 file; only those that lie in it as they are."""

    def __init__(self, file: Any, h5py: Any, allowance: Allowance):
        self.file, self.h5py, self.allowance = file, h5py, allowance

    def of(self, path: str) -> list[Array]:
        """The arrays of a layer, in their order: `path/vars/0`, `path/vars/1`, …"""
        group: Any = self.file
        for part in f"{path}/vars".split("/"):
            if not isinstance(group, self.h5py.Group) or part not in group:
                return []
            group = self._linked(group, part, path)
        found: list[Array] = []
        while str(len(found)) in group:
            found.append(self._array(self._linked(group, str(len(found)), path), path))
        return found

    def _linked(self, group: Any, part: str, path: str) -> Any:
        if not isinstance(group.get(part, getlink=True), self.h5py.HardLink):
            raise InvalidInput(
                f"the weights of {brief(path)} are a link to another place: expected arrays in the file itself"
            )
        return group[part]

    def _array(self, dataset: Any, path: str) -> Array:
        if not isinstance(dataset, self.h5py.Dataset) or dataset.dtype.kind not in "fiu":
            raise InvalidInput(f"the weights of {brief(path)} are not numbers")
        if dataset.external or dataset.is_virtual or dataset.id.get_storage_size() < dataset.nbytes:
            raise InvalidInput(
                f"the weights of {brief(path)} are compressed, or in another file: save the model with Keras itself"
            )
        self.allowance.spend(dataset.nbytes)
        return np.asarray(dataset[()])
