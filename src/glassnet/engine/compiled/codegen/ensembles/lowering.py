"""The lowerings of layers with members."""

from glassnet.engine.compiled.codegen.ensembles.of_members import score
from glassnet.engine.compiled.codegen.lowering import LOWERINGS, Lowering, activate, lower, pull_back, width_of
from glassnet.engine.compiled.program import Program
from glassnet.formulas.of_layers.members import SCORES
from glassnet.layers.dense import DenseSlices
from glassnet.layers.ensembles.batch_ensemble import BatchEnsemble, BatchEnsembleSlices
from glassnet.layers.ensembles.dense_per_member import DensePerMember
from glassnet.layers.ensembles.mean_of_members import MeanOfMembers, MeanSlices
from glassnet.layers.ensembles.members import Members
from glassnet.layers.layer import Slices


class MembersLowering(Lowering):
    """Copies, and their sum."""

    def forward(self, p: Program, layer: Members, s: Slices) -> None:
        p.product("repeat", [s.X, s.A], width_of(s.X), flag=layer.members)

    def backward(self, p: Program, layer: Members, s: Slices) -> None:
        if s.dX is not None:
            p.product("sum_of_members", [s.dA, s.dX], width_of(s.X), flag=layer.members, inputs=1)


class BatchEnsembleLowering(Lowering):
    """One product for all members, whose rows lie side by side between the factors."""

    def forward(self, p: Program, layer: BatchEnsemble, s: BatchEnsembleSlices) -> None:
        members, (features, units) = len(s.R), s.W.shape
        p.product("scale_beside", [s.X, s.R, s.U], features, flag=members)
        p.product("shared_product", [s.U, s.W, s.V], units, flag=members, inputs=features)
        p.product("affine_apart", [s.V, s.S, s.B, s.Z], units, flag=members)
        if not layer.is_linear:
            activate(p, layer.activation, s)

    def backward(self, p: Program, layer: BatchEnsemble, s: BatchEnsembleSlices) -> None:
        if not layer.is_linear:
            pull_back(p, layer.activation, s)
        self.backward_from_scores(p, layer, s)

    def backward_from_scores(self, p: Program, layer: BatchEnsemble, s: BatchEnsembleSlices) -> None:
        members, (features, units) = len(s.R), s.W.shape
        p.product("dots_of_members", [s.dZ, s.V, s.dS], units, flag=members)
        p.product("column_sums", [s.dZ, s.dB], width_of(s.dZ))
        p.product("scale_beside", [s.dZ, s.S, s.dV], units, flag=members)
        p.product("shared_weight_gradient", [s.U, s.dV, s.dW], features, flag=members, inputs=units)
        p.product("shared_input_gradient", [s.dU, s.W, s.dV], features, flag=members, inputs=units)
        p.product("dots_of_members", [s.X, s.dU, s.dR], features, flag=members)
        if s.dX is not None:
            p.product("scale_apart", [s.dU, s.R, s.dX], features, flag=members)


class DensePerMemberLowering(Lowering):
    """A product for each member."""

    def forward(self, p: Program, layer: DensePerMember, s: DenseSlices) -> None:
        members, features, units = s.W.shape
        p.product("own_affine", [s.X, s.W, s.Z, s.b], units, flag=members, inputs=features)
        if not layer.is_linear:
            activate(p, layer.activation, s)

    def backward(self, p: Program, layer: DensePerMember, s: DenseSlices) -> None:
        if not layer.is_linear:
            pull_back(p, layer.activation, s)
        self.backward_from_scores(p, layer, s)

    def backward_from_scores(self, p: Program, layer: DensePerMember, s: DenseSlices) -> None:
        members, features, units = s.W.shape
        p.product("own_weight_gradient", [s.X, s.dZ, s.dW], features, flag=members, inputs=units)
        p.product("column_sums", [s.dZ, s.db], width_of(s.dZ))
        if s.dX is not None:
            p.product("own_input_gradient", [s.dX, s.W, s.dZ], features, flag=members, inputs=units)


class MeanOfMembersLowering(Lowering):
    """The activation inside, and the mean."""

    def forward(self, p: Program, layer: MeanOfMembers, s: MeanSlices) -> None:
        lower("forward", p, s.inner)
        members = s.inner[-1].slices.A.shape[1]
        p.product("sum_of_members", [s.inner[-1].slices.A, s.A], width_of(s.A), flag=members, inputs=members)
        if layer.activation.name in SCORES:
            p.add(score(SCORES[layer.activation.name], p.dtype), [s.A, s.Z], width_of(s.A))

    def backward(self, p: Program, layer: MeanOfMembers, s: MeanSlices) -> None:
        inside = s.inner[-1].slices
        p.product("share_of_members", [s.dA, inside.dA], width_of(s.A), flag=inside.A.shape[1])
        lower("backward", p, s.inner)


LOWERINGS |= {
    Members: MembersLowering(),
    BatchEnsemble: BatchEnsembleLowering(),
    DensePerMember: DensePerMemberLowering(),
    MeanOfMembers: MeanOfMembersLowering(),
}
