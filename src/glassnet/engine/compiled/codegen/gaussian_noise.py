"""The kernel of Gaussian noise: the formula of a normal number, of the very bits that the NumPy engine takes."""

from glassnet.engine.compiled.codegen.emit import KEY, UNITS, bound, indent, module, named
from glassnet.engine.compiled.codegen.kernels import Source, once, one, translated
from glassnet.formulas.noise import normal

IMPORTS = [
    "from glassnet.engine.compiled.math.logarithm import rough_log",
    "from glassnet.engine.compiled.runtime.noise import mixed, spread",
    "from glassnet.engine.compiled.runtime.pointers import pointer_u8",
]
SETTINGS = ("std",)


@once
def gaussian_noise(dtype: str) -> Source:
    """N(0, std²), and X with it added. Arrays: X, noise, A, the key."""
    formula, _ = translated(normal, ["x"])
    rough = "rough_log(" if dtype == "float32" else "log("  # what is right to 10⁻⁶ anyway needs no more
    inside = [line.replace("log(", rough) for line in formula.inside]
    uniform = [
        "NOISE[j, r] = T(np.int32(mixed(bits, between) >> np.uint32(8))) * T(2.0**-23) + T(2.0**-24 - 1.0)",
        "bits = np.uint32(bits + step)",
    ]
    entry = [
        "x = NOISE[j, r]",
        *inside,
        f"noise = spread_of_noise * ({one(formula)})",
        "NOISE[j, r] = noise",
        "A[j, r] = X[j, r] + noise",
    ]
    loop = "for r in range(span):"  # two of them: with whole numbers and fractions in one, no registers would be filled
    body = [
        *[bound(name, k, UNITS) for k, name in enumerate(["X", "NOISE", "A"])],
        bound("key", 3, KEY),
        *named(SETTINGS),
        "before, between, step = np.uint32(key), np.uint32(key >> np.uint64(32)), spread(width, np.uint32(0))",
        "spread_of_noise = T(std)",
        *formula.before,
        "for j in range(units):",
        *indent(["bits = spread(first * width + low + j, before)", loop, *indent(uniform), loop, *indent(entry)]),
        "return 0.0",
    ]
    return Source(module(body, dtype, "GaussianNoise", IMPORTS), "gaussian_noise", SETTINGS)
