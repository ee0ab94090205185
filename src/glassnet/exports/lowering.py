"""From a network to a program: what each kind of layer does to a row at prediction, found by the layer's class.

A layer of your own gets an export too: `LOWERINGS[YourLayer] = function`, where the function takes a `Builder`, the
layer at its place and the value that comes in, adds steps, and returns the value that goes out.
"""

import math
from collections.abc import Callable

import numpy as np

from glassnet.engine.layout import Node
from glassnet.errors import InvalidInput
from glassnet.exports.builder import Builder, Given
from glassnet.exports.notes import formula_line
from glassnet.exports.of_layers.ensembles import batch_ensemble, dense_per_member, mean_of_members, members
from glassnet.exports.of_layers.sequences import (
    attention,
    gru,
    lstm,
    mark_padding,
    masking,
    normalized_steps,
    positions,
    product_of_steps,
    simple_rnn,
)
from glassnet.exports.of_layers.waves import periodic_embedding, piecewise_linear_embedding
from glassnet.exports.of_layers.windows import average_pool, convolution, global_average_pool, max_pool, pad
from glassnet.exports.place import Place
from glassnet.exports.program import (
    Constant,
    Join,
    Lookup,
    Outputs,
    Product,
    Program,
    Row,
    Take,
    Value,
)
from glassnet.exports.taped.lowering import function_layer
from glassnet.formulas.activations import Activation as Formula
from glassnet.formulas.elementary import Array
from glassnet.formulas.of_layers.normalization import inverse_spread, normalized_and_scaled, row_normalized
from glassnet.formulas.prediction.arithmetic import added, multiplied
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
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.residual import Residual
from glassnet.layers.scale import Scale
from glassnet.layers.sequences.attention import Attention
from glassnet.layers.sequences.gru import GRU
from glassnet.layers.sequences.lstm import LSTM
from glassnet.layers.sequences.masking import Masking
from glassnet.layers.sequences.positional_encoding import PositionalEncoding
from glassnet.layers.sequences.simple_rnn import SimpleRNN
from glassnet.network import Network
from glassnet.taping.function import FunctionLayer

Lowered = Callable[[Builder, Place, Value], Value]


def program_of(network: Network, dtype: str | None = None) -> Program:
    """The program of a network, which computes in its own number type, or in another.

    >>> from glassnet.layers.dense import Dense
    >>> program = program_of(Network([Dense(3, "softmax")]).build(4, seed=0))
    >>> [type(step).__name__ for step in program.steps], program.outputs.value.size
    (['Row', 'Product', 'Elementwise'], 3)
    """
    layout, _ = network.built()
    made = Builder(dtype or network.dtype.name, network.dtype.name)
    x = made.add(Row(out=made.value("x", math.prod(layout.input_shape))))
    out = lower_network(made, network, x)
    title = f"a network of {len(network.layers)} layers" if len(network.layers) > 1 else "a network of one layer"
    outputs = Outputs(out)
    return Program(made.steps_to(outputs), outputs, made.dtype, title, layout.input_shape)


def lower_network(made: Builder, network: Network, x: Value, mark: str = "") -> Value:
    """Add the steps of a network; a `mark` tells the names of its values from another network's."""
    layout, _ = network.built()
    if any(not np.isfinite(array).all() for array in network.arrays.values()):
        raise InvalidInput("the network's parameters are not finite (inf or nan): train it again before its export.")
    return lower_all(made, layout.nodes, network.arrays, x, mark)


def lower_all(made: Builder, nodes: tuple[Node, ...], arrays: dict[str, Array], x: Value, mark: str) -> Value:
    """Add the steps of layers one after the other."""
    for node in nodes:
        x = lower(made, node, arrays, x, mark)
    return x


def lower(made: Builder, node: Node, arrays: dict[str, Array], x: Value, mark: str) -> Value:
    """Add the steps of one layer."""
    layer, prefix = node.layer, f"{node.path}."
    lowering = LOWERINGS.get(type(layer))  # of exactly this class: a derived layer may do something else
    if lowering is None and isinstance(layer, FunctionLayer):
        lowering = function_layer
    if lowering is None:
        raise InvalidInput(
            f"the layer {type(layer).__name__} has no export: say which steps it is made of with "
            f"glassnet.exports.lowering.LOWERINGS[{type(layer).__name__}] = …, see docs/shipping.md."
        )
    own = {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
    made.heading = in_a_line(node)
    found = lowering(made, Place(layer, node, own, f"{mark}{node.path.replace('.', '_')}"), x)
    made.heading = ""
    if len(node.output_shape) < 2 or (made.present is not None and made.present.size != node.output_shape[0]):
        made.present = None
    return found


def in_a_line(node: Node) -> str:
    """A layer in a line: its kind, sizes and activation, and its formula."""
    f, formula = node.layer.output_activation, formula_line(node.layer)
    sizes = f"{math.prod(node.input_shape)} → {math.prod(node.output_shape)}"
    what = f"{type(node.layer).__name__} {sizes}{f', {f.name}' if f is not None else ''}"
    return f"{what}: {formula}" if formula else what


def activate(made: Builder, f: Formula, place: Place, z: Value) -> Value:
    """A = f(Z), with what f has learned."""
    if f.name == "linear":
        return z
    learned = {
        name: made.constant(f"{name}{place.suffix}", np.tile(a := place.of(name).ravel(), z.size // a.size))
        for name in f.learned
    }
    return made.apply(f.value, {"z": z, **learned}, f"a{place.suffix}", span=place.node.output_shape[-1])


def dense(made: Builder, place: Place, x: Value) -> Value:
    """A product, and the activation."""
    W = made.constant(f"W{place.suffix}", place.of("W"))
    b = made.constant(f"b{place.suffix}", place.of("b")) if place.layer.bias else None
    if len(place.node.input_shape) > 1:
        return activate(made, place.layer.activation, place, product_of_steps(made, place, x, W, b))
    z = made.add(Product(out=made.value(f"z{place.suffix}", W.array.shape[1]), x=x, W=W, b=b))
    return activate(made, place.layer.activation, place, z)


def shared(made: Builder, place: Place, x: Value) -> Value:
    """Weights that members share, and the activation."""
    return activate(made, place.layer.activation, place, batch_ensemble(made, place, x))


def apart(made: Builder, place: Place, x: Value) -> Value:
    """Weights of each member, and the activation."""
    return activate(made, place.layer.activation, place, dense_per_member(made, place, x))


def mean(made: Builder, place: Place, x: Value) -> Value:
    """The mean of what the activation inside makes of each member's scores."""
    return mean_of_members(made, place, chain(made, place, x))


def activation(made: Builder, place: Place, x: Value) -> Value:
    """The activation alone."""
    return activate(made, place.layer.activation, place, x)


def nothing(made: Builder, place: Place, x: Value) -> Value:
    """What does nothing in prediction, or to numbers that are flat already."""
    return x


def scale(made: Builder, place: Place, x: Value) -> Value:
    """A factor for each entry."""
    s = made.constant(f"s{place.suffix}", place.of("s").ravel())
    return made.apply(multiplied, {"x": x, "s": s}, f"a{place.suffix}")


def gain_and_bias(made: Builder, place: Place) -> dict[str, Constant]:
    """γ and β of a normalisation."""
    return {name: made.constant(f"{name}{place.suffix}", place.of(name)) for name in ("gamma", "beta")}


def batch_norm(made: Builder, place: Place, x: Value) -> Value:
    """The running mean and spread, which are known by now."""
    variance = place.of("running_variance").astype(np.float64)
    arrays = {"mean": place.of("running_mean"), "inverse": inverse_spread(variance, place.layer.epsilon)}
    arrays |= {name: place.of(name) for name in ("gamma", "beta")}
    times = x.size // variance.size  # positions of a picture, each with all channels
    given: dict[str, Given] = {"x": x}
    given |= {name: made.constant(f"{name}{place.suffix}", np.tile(array, times)) for name, array in arrays.items()}
    return made.apply(normalized_and_scaled, given, f"a{place.suffix}")


def layer_norm(made: Builder, place: Place, x: Value) -> Value:
    """Mean and spread of the row itself."""
    if len(place.node.input_shape) > 1:
        return normalized_steps(made, place, x)
    numbers = {"share": 1.0 / x.size, "epsilon": place.layer.epsilon}
    return made.apply(row_normalized, {"x": x, **gain_and_bias(made, place), **numbers}, f"a{place.suffix}")


def embedding(made: Builder, place: Place, x: Value) -> Value:
    """Rows of a table."""
    mark_padding(made, place, x)
    table = made.constant(f"W{place.suffix}", place.of("W"))
    out = made.value(f"a{place.suffix}", x.size * place.layer.dimensions)
    return made.add(Lookup(out=out, x=x, table=table))


def columns(made: Builder, place: Place, x: Value) -> Value:
    """The layers of all parts, each with its columns, and what they give side by side."""
    heading, parts = made.heading, []
    for k, (numbers, node) in enumerate(zip(place.layer.columns, place.node.inner, strict=True)):
        made.heading = heading if k == 0 else ""
        taken = made.value(f"x{place.suffix}_{k}", len(numbers))
        part = made.add(Take(out=taken, x=x, places=numbers))
        parts.append(inside(made, place, node, part))
    return made.add(Join(out=made.value(f"a{place.suffix}", sum(part.size for part in parts)), parts=tuple(parts)))


def inside(made: Builder, place: Place, node: Node, x: Value) -> Value:
    """A layer inside this one."""
    arrays = {f"{place.node.path}.{name}": array for name, array in place.arrays.items()}
    mark = place.suffix.removesuffix(place.node.path.replace(".", "_"))
    return lower(made, node, arrays, x, mark)


def chain(made: Builder, place: Place, x: Value) -> Value:
    """The layers inside, one after the other."""
    for node in place.node.inner:
        x = inside(made, place, node, x)
    return x


def residual(made: Builder, place: Place, x: Value) -> Value:
    """What the layers inside give, and what came in."""
    heading, given = made.heading, chain(made, place, x)
    made.heading = heading
    return made.apply(added, {"x": x, "g": given}, f"a{place.suffix}")


LOWERINGS: dict[type[Layer], Lowered] = {
    Dense: dense,
    Activation: activation,
    Conv1D: convolution,
    Conv2D: convolution,
    MaxPool: max_pool,
    AveragePool: average_pool,
    GlobalAveragePool: global_average_pool,
    Pad: pad,
    Dropout: nothing,
    GaussianNoise: nothing,
    Flatten: nothing,
    Reshape: nothing,
    Scale: scale,
    BatchNorm: batch_norm,
    LayerNorm: layer_norm,
    Embedding: embedding,
    PeriodicEmbedding: periodic_embedding,
    PiecewiseLinearEmbedding: piecewise_linear_embedding,
    Columns: columns,
    Chain: chain,
    Residual: residual,
    SimpleRNN: simple_rnn,
    GRU: gru,
    LSTM: lstm,
    Attention: attention,
    PositionalEncoding: positions,
    Masking: masking,
    Members: members,
    BatchEnsemble: shared,
    DensePerMember: apart,
    MeanOfMembers: mean,
}
