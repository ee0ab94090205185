"""What the first step of an update rule makes of every parameter."""

from types import SimpleNamespace

from glassnet.engine.layout import Place
from glassnet.formulas.clipping import Clip
from glassnet.formulas.update_rules import UpdateRule
from glassnet.insight.one_step import OneStep


class Updated(SimpleNamespace):
    """One parameter array in the update: `before`, its gradient `g`, `clipped`, the rule's memory by name, and `after`.

    `weight_decay` is λ of the weight decay that acted on it, 0 where none did; `learning_rate_factor` holds for it.
    With a `multiplier` u the array is u θ, and the rule takes u g and u η. `free` is what the rule made, before
    `max_norm`.
    """


def update(step: OneStep, rule: UpdateRule, clip: Clip | None = None) -> dict[str, Updated]:
    """The first step of a rule, from memory 0, on the gradient that lies in the plan."""
    vectors = {name: getattr(step.plan, of).copy() for name, of in (("before", "parameters"), ("g", "gradients"))}
    vectors["clipped"] = vectors["g"].copy()
    if clip is not None:
        clip.apply(vectors["clipped"])
    job, vectors["free"] = step.update(rule, clip)
    vectors["after"] = job.plan.parameters.copy()
    memory = dict(zip(rule.memory, job.memory, strict=True))

    def updated(name: str, place: Place) -> Updated:
        parameter, (_, decay) = place.parameter, job.penalties_of(place.parameter)
        about = {field: getattr(parameter, field) for field in ("learning_rate_factor", "multiplier")}
        return Updated(
            name=name,
            memory={of: place.of(vector).copy() for of, vector in memory.items()},
            weight_decay=getattr(decay, "weight_decay", None) or 0.0,
            max_norm=parameter.bound,
            **about,
            **{of: place.of(vector) for of, vector in vectors.items()},
        )

    return {name: updated(name, place) for name, place in step.plan.layout.places.items()}
