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

# Of several arguments, by the functions that integrate the densities; derivatives by differences of these at high precision.
def near_mean(mean, deviation):
    """A draw or two around, at times far out."""
    return mean + deviation * random.uniform(-3, 3) * random.choice([1, 1, 3])


def step_of(tail, density, parameters, k, x):
    """The derivative of x in parameter k where tail(*parameters, x) stays, for a tail that falls with x."""
    moved = lambda p: tail(*[p if i == k else q for i, q in enumerate(parameters)], x)
    return mp.diff(moved, parameters[k]) / density


def add(name, *numbers):
    *arguments, value = map(float, numbers)
    if 1e-290 < abs(value) < 1e290:
        lines.append(f"{name},{','.join(map(repr, arguments))},{value!r}\n")


def lower_gamma(a, x):
    """By the series of positive terms (DLMF 8.7.1)."""
    return exp(a * log(x) - x - mp.loggamma(a + 1)) * mp.hyp1f1(1, a + 1, x, maxterms=10**6)


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def lower_beta(a, b, x):
    """By the series of positive terms (DLMF 8.17.8)."""
    return exp(a * log(x) + b * log1p(-x) - log(a) - log_beta(a, b)) * mp.hyp2f1(a + b, 1, a + 1, x, maxterms=10**7)


for i in range(2 * POINTS):
    a = 10 ** random.uniform(*[(-4, 6), (-1, 2), (-4, 0), (1, 3)][i % 4])
    if i % 5 == 0:
        a = float(random.choice([1e-4, 0.5, 1, 2, 3, 17, 1.5, 2.5, 20, 19.99, 1e6]))
    z = near_mean(a, a**0.5)
    if i % 3 == 0:
        # From the formulas' borders, and far out.
        z = random.choice([a, 2.5, 2.5001, a * 1.0001, a * 2.3577, a * 2.358, a * 0.3017, a * 0.302, a * 10 ** random.uniform(-5, 2)])
    if z <= 0 or a < 1 and i % 2:
        z = a * max(random.random() ** min(1 / a, 300), 1e-250)
    exponent = z - a - a * log(z / a)
    if exponent > 600:
        continue
    # As many digits more as 1 - P loses.
    mp.dps = 50 + int(exponent)
    a, z = mpf(a), mpf(float(z))
    lower = lower_gamma(a, z)
    density = exp((a - 1) * log(z) - z - mp.loggamma(a))
    tail = lambda a, z: 1 - lower_gamma(a, z)
    upper, da = tail(a, z), step_of(tail, density, [a], 0, z)
    add("gamma_p", a, z, lower)
    add("gamma_q", a, z, upper)
    add("gamma_p_derivative_a", a, z, -da * density)
    add("gamma_p_derivative_x", a, z, density)
    add("gamma_sample_derivative", a, z, da)

mp.dps = 50
for i in range(POINTS):
    a = mpf(10 ** random.uniform(-4, 0.5))
    log_z = mpf(log(random.random()) / a)
    # P = z^a / Gamma(a + 1) * (1 - a z / (a + 1) + ...)
    power = lambda a, log_z: -mp.hyp1f1(a, a + 1, -exp(log_z)) * exp(a * log_z) / gamma(a + 1)
    da = step_of(power, exp(a * log_z - exp(log_z)) / gamma(a), [a], 0, log_z)
    add("log_gamma_sample_derivative", a, log_z, da)

for i in range(POINTS):
    a, b = (10 ** random.uniform(*[(-3, 5), (-1, 1.5), (1, 2.5), (3, 5)][i % 4]) for _ in "ab")
    if i % 7 == 0:
        a, b = random.choice([(1e-3, 1e-3), (1e-3, 1e5), (1e5, 1e-3), (1e5, 1e5), (0.5, 0.5), (1, 1), (2, 3), (30, 4), (1, 7.3), (999, 1e5), (1001, 1001)])
    mean = a / (a + b)
    z = near_mean(mean, (mean * (1 - mean) / (a + b + 1)) ** 0.5)
    if i % 3 == 0:
        z = random.choice([mean, (a + 1) / (a + b + 2), mean / 2, 0.5 + mean / 2, 0.5, mean * 10 ** random.uniform(-9, 0)])
    if not 1e-250 < z < 1:
        z = random.random() ** min(1 / a, 300)
    if not 1e-250 < z < 1 or a * log(mean / z) + b * log((1 - mean) / (1 - z)) > 600:
        continue
    a, b, z = mpf(a), mpf(b), mpf(float(z))
    density = exp((a - 1) * log(z) + (b - 1) * log1p(-z) - log_beta(a, b))
    if z < (a + 1) / (a + b + 2):
        tail, value = (lambda a, b, z: -lower_beta(a, b, z)), lower_beta(a, b, z)
    else:
        tail = lambda a, b, z: lower_beta(b, a, 1 - z)
        value = 1 - tail(a, b, z)
    da, db = (step_of(tail, density, [a, b], k, z) for k in (0, 1))
    add("beta_inc", a, b, z, value)
    add("beta_inc_derivative_a", a, b, z, -da * density)
    add("beta_inc_derivative_b", a, b, z, -db * density)
    add("beta_inc_derivative_x", a, b, z, density)
    add("beta_sample_derivative_a", a, b, z, da)
    add("beta_sample_derivative_b", a, b, z, db)
    log_odds = float(log(z / (1 - z)))
    z = 1 / (1 + exp(-mpf(log_odds)))
    if abs(log_odds) < 200:
        da, db = (step_of(tail, exp(a * log(z) + b * log1p(-z) - log_beta(a, b)), [a, b], k, z) for k in (0, 1))
        add("beta_log_odds_derivative_a", a, b, log_odds, da)
        add("beta_log_odds_derivative_b", a, b, log_odds, db)

for i in range(POINTS):
    df = 10 ** random.uniform(*[(-2, 6), (-1, 2)][i % 2])
    t = random.choice([-1, 1]) * 10 ** random.uniform(*[(-3, 1), (-0.5, 0.5), (0, 4)][i % 3])
    if i % 9 == 0:
        df, t = random.choice([0.01, 1, 19.9, 20, 20.1, 1e4]), random.choice([-1, 1]) * (1.71828 * df) ** 0.5
    if df * log1p(t * t / df) > 1200:
        continue
    df, t = mpf(df), mpf(t)
    upper = lambda df, t: lower_beta(df / 2, mpf(1) / 2, df / (df + t * t)) / 2
    density = exp(-(df + 1) / 2 * log1p(t * t / df) - log(df) / 2 - log_beta(df / 2, mpf(1) / 2))
    dt = mp.sign(t) * step_of(upper, density, [df], 0, abs(t))
    add("student_t_cdf", df, t, upper(df, t) if t < 0 else 1 - upper(df, t))
    add("student_t_cdf_derivative_df", df, t, -dt * density)
    add("student_t_cdf_derivative_t", df, t, density)
    add("student_t_sample_derivative", df, t, dt)

mp.dps = 30
for i in range(POINTS):
    dimension, kappa = random.choice([2, 3, 4, 5, 10, 50, 200]), 10 ** random.uniform(-2, [1, 3, 6][i % 3])
    kappa = mpf([kappa, 0][i % 10 == 9])
    nu = mpf(dimension) / 2 - 1
    mean = mp.besseli(nu + 1, kappa) / mp.besseli(nu, kappa) if kappa else mpf(0)
    deviation = sqrt(1 - mean**2 - (2 * nu + 1) * mean / kappa) if kappa else 1 / sqrt(mpf(dimension))
    w = mpf(float(near_mean(mean, deviation)))
    if not -1 < w < 1:
        w = mpf(random.choice([float(mean), 2 * random.random() - 1]))
    power = nu - mpf(1) / 2
    score = lambda s: exp(kappa * (s - w) + power * log((1 - s * s) / (1 - w * w))) * (s - mean)
    # Over the shorter tail, in pieces that follow the density, up to where nothing is left.
    side = 1 if w > mean else -1
    ends = [w] + [w + side * deviation * 2**k for k in range(-3, 6) if abs(w + side * deviation * 2**k) < 1] + [side]
    integral = mp.quad(score, ends)
    add("von_mises_fisher_sample_derivative", dimension, kappa, w, abs(integral))

Path(__file__).with_name("special.csv").write_text("".join(lines))
