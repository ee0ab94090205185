"""The kernel of Gaussian noise: the formula of a normal number, of the very bits that the NumPy engine takes."""

from glassnet.engine.compiled.codegen.emit import KEY, UNITS, bound, indent, module, named
from glassnet.engine.compiled.codegen.kernels import Source, once, one, translated
from glassnet.formulas.noise import normal

IMPORTS = [
    "from glassnet.engine.compiled.runtime.noise import mixed, spread",
    "from glassnet.engine.compiled.runtime.pointers import pointer_u8",
]
SETTINGS = ("std",)


@once
def gaussian_noise(dtype: str) -> Source:
    """N(0, std²). Arrays: noise, the key."""
    formula, _ = translated(normal, ["x"])
    uniform = [
        "NOISE[j, r] = T(np.int32(mixed(bits, between) >> np.uint32(8))) * T(2.0**-23) + T(2.0**-24 - 1.0)",
        "bits = np.uint32(bits + step)",
    ]
    entry = ["x = NOISE[j, r]", *formula.inside, f"NOISE[j, r] = spread_of_noise * ({one(formula)})"]
    loop = "for r in range(span):"  # two of them: with whole numbers and fractions in one, no registers would be filled
    body = [
        bound("NOISE", 0, UNITS),
        bound("key", 1, KEY),
        *named(SETTINGS),
        "before, between, step = np.uint32(key), np.uint32(key >> np.uint64(32)), spread(width, np.uint32(0))",
        "spread_of_noise = T(std)",
        *formula.before,
        "for j in range(units):",
        *indent(["bits = spread(first * width + low + j, before)", loop, *indent(uniform), loop, *indent(entry)]),
        "return 0.0",
    ]  # fmt: skip
    return Source(module(body, dtype, "GaussianNoise", IMPORTS), "gaussian_noise", SETTINGS)
