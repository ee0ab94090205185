"""The parameters of a network: as one vector, and by layer and name."""

from glassnet.calls import for_each_row
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array


class Parametrized:
    """What has a layout, parameters and state, once it is built."""

    layout: Layout | None
    _parameters: Array | None
    state: Array

    def _adopt(self, layout: Layout | None, parameters: Array | None, state: Array) -> None:
        self.layout, self._parameters, self.state = layout, parameters, state

    @property
    def arrays(self) -> dict[str, Array]:
        """Parameters and state by layer and name, as views that can be written to: `net.arrays["0.W"]`, `["0.b"]`, …"""
        return self.built()[0].views(self.parameters, self.state)

    @for_each_row
    def built(self) -> tuple[Layout, Array]:
        """(layout, parameters) of a network that has them; InvalidInput for one that has not."""
        if self.layout is None or self._parameters is None:
            raise InvalidInput("the network has no parameters yet: train it with fit(X, y, …) or call build(n_inputs).")
        return self.layout, self._parameters

    @property
    def parameters(self) -> Array:
        """All parameters as one vector, which can be written to."""
        return self.built()[1]
