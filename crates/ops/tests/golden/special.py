"""Writes special.csv: exact values of the functions in vae_ops::math, rounded to f64. Needs mpmath 1.3.

Each line is `function,x,value`. Every other x is a number of f32 as well.
"""

import random
import struct
from pathlib import Path

from mpmath import besseli, cos, digamma, erf, erfc, exp, expm1, gamma, inf, log, log1p, mp, mpf, psi, sin, sqrt, tanh

random.seed(1)
POINTS = 150


def single(x):
    """The nearest f32; x itself outside of the range."""
    return struct.unpack("f", struct.pack("f", x))[0] if 1e-45 < abs(x) < 3.4e38 else x


def points(*ranges, extra=()):
    """Extra points, then points in each (low, high): spread by magnitude if both have the same sign, else evenly."""
    yield from extra
    for low, high in ranges:
        for i in range(POINTS // len(ranges)):
            u = (i + random.random()) / (POINTS // len(ranges))
            spread_out = low * high > 0 and not 0.1 < high / low < 10
            x = low * (high / low) ** u if spread_out else low + (high - low) * u
            yield single(x) if i % 2 else x


def around(*centers):
    """Points close to a zero or a change of regime."""
    return [single(c) * (1 + s * d) if c else s * d for c in centers for s in (-1, 1) for d in (0, 1e-3, 2.0**-20)]


def log_gamma(x):
    return log(abs(gamma(x)))


def log_ndtr(x):
    if x < -1e6:
        # The asymptotic series; its next term is below 1e-30.
        return -(x**2) / 2 - log(-x * sqrt(2 * mp.pi)) + log1p(-1 / x**2 + 3 / x**4)
    return log(erfc(-x / sqrt(2)) / 2)


def inverse_mills(x):
    if x < -1e6:
        return -x / (1 - 1 / x**2 + 3 / x**4)
    return exp(-(x**2) / 2) / sqrt(2 * mp.pi) / (erfc(-x / sqrt(2)) / 2)


both_signs = [(-1e2, -1e-40), (1e-40, 1e2)]
negative = [x + 0.5 - 2.0**-5 * k for x in (-1, -2, -5, -20, -150) for k in (-12, -3, 0, 3, 12)]
cases = {
    "exp": (exp, points((-745, 709), (-104, 88.7), (-1e-9, 1e-9), extra=[0, -745, 709.5])),
    "exp_m1": (expm1, points((-50, 88.7), *both_signs, (-1, 1), extra=around(-1.04, -0.35, 0.35, 88.5))),
    "ln": (log, points((1e-45, 3e38), (0.5, 2), extra=around(1, 0.7071, 1.4142) + [1e-310, 1e308])),
    "ln_1p": (log1p, points((1e-40, 3e38), (-1e-40, -0.9), (-0.9999, 1), extra=around(-0.29, 0.41, 0.7071))),
    "tanh": (tanh, points((-1e-40, -1), (1e-40, 1), (-20, 20))),
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), points((-700, -1e-3), (-80, 20), (-1, 1))),
    "softplus": (lambda x: log1p(exp(x)), points((-700, -1e-3), (-80, 20), (1, 1e30))),
    "log_sigmoid": (lambda x: -log1p(exp(-x)), points((-1e30, -1), (-20, 80), (1e-3, 700))),
    # The last are the hardest: close to a multiple of pi/2.
    "sin": (sin, points((-10, 10), (1e-40, 1e5), (1, 3e38), extra=[single(k * mp.pi) for k in (1, 2, 3, 7, 355)] + [16367173 * 2.0**72])),
    "cos": (cos, points((-10, 10), (1e-40, 1e5), (1, 3e38), extra=[single((k + 0.5) * mp.pi) for k in (0, 1, 5, 77)] + [16367173 * 2.0**72])),
    "erf": (erf, points((-7, 7), (1e-300, 1), (-2, -1e-40), extra=around(1))),
    "erfc": (erfc, points((-7, 7), (0.1, 26.5), (1e-20, 10), extra=around(1) + [26.5])),
    "log_ndtr": (log_ndtr, points((-40, 9), (-1e10, -1), (-1e150, -1e10), (1e-20, 37), extra=[-1e10, 0])),
    "inverse_mills": (inverse_mills, points((-40, 9), (-1e10, -1), (-1e150, -1e10), (1e-20, 37), extra=[-1e10, 0])),
    "lgamma": (log_gamma, points((1e-300, 1), (1e-38, 1e36), (0.1, 4), (4, 20), (1e20, 1e305), extra=around(0.75, 1, 2, 2.25, 8) + negative)),
    "digamma": (digamma, points((1e-300, 1), (1e-37, 1e38), (0.5, 4), (4, 20), extra=around(1, 1.4616321, 2, 8) + negative)),
    "trigamma": (lambda x: psi(1, x), points((1e-150, 1), (1e-18, 1e38), (0.5, 4), (4, 20), extra=around(1, 2, 8) + negative)),
    "i0e": (lambda x: exp(-abs(x)) * besseli(0, x), points((-1, 1), (1e-20, 1e2), (1, 1e15), (-20, 20), extra=around(8))),
    "i1e": (lambda x: exp(-abs(x)) * besseli(1, x), points((-1, 1), (1e-20, 1e2), (1, 1e15), (-20, 20), extra=around(8))),
    "log_i0": (lambda x: log(besseli(0, x)), points((-1, 1), (1e-18, 1e2), (1, 1e6), (-20, 20), extra=around(1, 8))),
}

lines = []
for name, (f, xs) in cases.items():
    for x in map(float, xs):
        # Enough digits for 1e308 modulo pi, for the distance of 1 - e^-700 from 1, and for Bessel functions at 1e15.
        mp.dps = 360 if name not in ("i0e", "i1e", "log_i0", "lgamma", "digamma", "trigamma") else 60
        if name in ("i0e", "i1e") and abs(x) > 1e4:
            # Hankel's expansion.
            m, term, total = (0 if name == "i0e" else 4), mpf(1), mpf(1)
            for k in range(1, 12):
                term *= -(m - (2 * k - 1) ** 2) / (k * 8 * mpf(abs(x)))
                total += term
            value = total / sqrt(2 * mp.pi * abs(mpf(x))) * (1 if m == 0 or x > 0 else -1)
        elif name == "lgamma" and x > 1e4:
            y = mpf(x)
            value = (y - 0.5) * log(y) - y + log(2 * mp.pi) / 2 + 1 / (12 * y) - 1 / (360 * y**3) + 1 / (1260 * y**5) - 1 / (1680 * y**7)
        elif name == "log_i0" and abs(x) < 1e-6:
            value = mpf(x) ** 2 / 4 - mpf(x) ** 4 / 64
        else:
            value = f(mpf(x))
        if abs(value) < inf and not (name == "sin" and x == 0):
            lines.append(f"{name},{x!r},{float(value)!r}\n")

# Order, argument, value.
mp.dps = 50
for name in ("log_bessel_i", "bessel_i_ratio"):
    for i in range(POINTS):
        nu = [0.0, 0.5, 1.0, 31.0, single(100 * random.random()), 10 ** random.uniform(-2, 3.5)][i % 6]
        x = 10 ** random.uniform(-3, 4) if i % 4 else random.uniform(1, 60)
        # By the scaled series of I, whose terms are all positive.
        mp.dps = 50 + int(x / 20)
        value = log(besseli(nu, x)) if name == "log_bessel_i" else besseli(nu + 1, x) / besseli(nu, x)
        lines.append(f"{name},{nu!r},{x!r},{float(value)!r}\n")

Path(__file__).with_name("special.csv").write_text("".join(lines))
