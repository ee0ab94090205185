"""Prints the Chebyshev coefficients that `glassnet.formulas.elementary.erf` holds (needs mpmath)."""

import mpmath

N, USED = 60, 28


def target(s: mpmath.mpf) -> mpmath.mpf:
    """log(erfc(x) exp(x²) / t) as a function of s = 2 t − 1 with t = 2 / (2 + x)."""
    t = (s + 1) / 2
    x = 2 / t - 2
    return mpmath.log(mpmath.erfc(x)) + x * x - mpmath.log(t)


if __name__ == "__main__":
    mpmath.mp.dps = 60
    nodes = [mpmath.cos(mpmath.pi * (k + mpmath.mpf(1) / 2) / N) for k in range(N)]
    values = [target(s) for s in nodes]
    for j in range(USED):
        total = sum(v * mpmath.cos(mpmath.pi * j * (k + mpmath.mpf(1) / 2) / N) for k, v in enumerate(values))
        print(repr(float(total * (1 if j == 0 else 2) / N)) + ",")
