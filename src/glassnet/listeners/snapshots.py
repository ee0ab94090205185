"""Snapshots of a network's parameters after epochs, from which pictures of a training are drawn."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.listeners.listener import Listener
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.checks import check_whole


@answered
class Snapshots(Listener):
    """Keeps a copy of a network's parameters (and state) after each epoch; in long trainings after every 2nd, 4th, ….

    It costs one copy of the parameters per epoch; what pictures need in addition, such as activations and gradients, is
    computed from them afterwards. `epochs` are the numbers of the epochs that are kept, 0 for the start; `parameters`
    and `states` are their vectors. The last epoch is always among them.

    Parameters
    ----------
    net
        The network that is trained.
    most
        The most copies to keep, at least 2; 100 by default. The memory it takes is at most this many times the size of
        the parameters. Where there would be more, every second one is dropped, and from then on half as many are taken.

    Raises InvalidInput for a `most` below 2, and from `networks` where nothing was kept.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    >>> snapshots = gn.listeners.Snapshots(net, most=6)
    >>> _ = net.fit(iris.X, iris.y, loss="cross_entropy", epochs=9, seed=0, listeners=[snapshots])
    >>> snapshots.epochs
    [0, 2, 4, 6, 8, 9]
    """

    def __init__(self, net: Any, most: int = 100):
        self.net, self.most = net, check_whole(most, "most", 2)
        self._clear()

    def _clear(self) -> None:
        self.epochs: list[int] = []
        self.parameters: list[Array] = []
        self.states: list[Array] = []
        self._every = 1

    def __len__(self) -> int:
        return len(self.epochs)

    def begin(self, about: Mapping[str, Any]) -> None:
        """Start again for a new training, with its initial parameters."""
        self._clear()
        if self.net.layout is not None:
            self._keep(0)

    def __call__(self, epoch: Epoch) -> None:
        """Copy the parameters; the last epoch stays until the next one is there."""
        if self.epochs and self.epochs[-1] % self._every:
            self._drop(len(self) - 1)
        self._keep(epoch.number)
        while len(self) > self.most:
            self._every *= 2
            for k in reversed(range(len(self) - 1)):
                if self.epochs[k] % self._every:
                    self._drop(k)

    def _keep(self, number: int) -> None:
        self.epochs.append(number)
        self.parameters.append(self.net.parameters.copy())
        self.states.append(self.net.state.copy())

    def _drop(self, k: int) -> None:
        for kept in (self.epochs, self.parameters, self.states):
            del kept[k]

    def networks(self) -> Iterator[tuple[int, Any]]:
        """Each epoch's number with the network as it was then: one copy, whose parameters change from one to the next.

        The network itself stays as it is.
        """
        if not self.epochs:
            raise InvalidInput("no snapshots were taken: pass them to a training, as in fit(…, listeners=[snapshots]).")
        net = copy.deepcopy(self.net)
        for number, parameters, state in zip(self.epochs, self.parameters, self.states, strict=True):
            net.parameters[...], net.state[...] = parameters, state
            yield number, net
