"""Writes golden.csv: what other libraries compute for the distributions of this crate.

    pip install torch==2.9.1 scipy==1.17.1 mpmath==1.3.0
    python generate.py

Each line is `distribution,quantity,inputs,outputs`. Inputs are x, if there is one, and the parameters in the order of
`tests/laws/main.rs`, separated by `;`; outputs are the value and, of `log_prob`, its derivative in each parameter. A
divergence's distribution is `P|Q`, or the name of another divergence than KL, and its inputs are p's parameters and q's.
A row of elements is separated by spaces.

What torch.distributions has is computed by it in float64, distribution functions by scipy, and the rest by mpmath from
the density, with 30 digits: what neither has, and where one of them is known to lose digits.

Where torch.distributions 2.9 and we differ, and mpmath decides:
- `ContinuousBernoulli` is a Taylor polynomial around λ = ½ there, good to 10⁻⁵.
- Differences of ln Γ lose all digits for large parameters: see `write_extremes`.
"""

import itertools
import math
from pathlib import Path

import mpmath
import scipy
import torch
import torch.distributions as D
from mpmath import mp, mpf
from scipy import stats

mp.dps = 30
torch.set_default_dtype(torch.float64)
rows = []


def number(x):
    x = float(x)
    return f"{x:.14g}" if math.isfinite(x) else str(x).replace("nan", "NaN")


def write(name, quantity, inputs, outputs):
    event = lambda x: " ".join(repr(float(e)) for e in (x if isinstance(x, (list, tuple)) else [x]))
    rows.append(",".join([name, quantity, ";".join(map(event, inputs)), " ".join(map(number, outputs))]))


class Torch:
    """A law that torch.distributions has. `make` takes our parameters, `scipy` gives the distribution function."""

    def __init__(self, name, make, grid, xs, scipy=None, parts="mean variance entropy"):
        self.name, self.make, self.grid, self.xs = name, make, grid, xs
        self.scipy, self.parts = scipy, parts.split()

    def write(self):
        for parameters in self.grid:
            p = self.make(*map(torch.tensor, parameters))
            for part in self.parts:
                value = p.entropy() if part == "entropy" else getattr(p, part)
                write(self.name, part, parameters, value.reshape(-1).tolist())
            for x in self.xs:
                if p.support.check(torch.tensor(x)).all() and torch.tensor(x).shape == p.event_shape:
                    self.write_at(x, parameters)

    def write_at(self, x, parameters):
        leaves = [torch.tensor(p, requires_grad=True) for p in parameters]
        value = self.make(*leaves).log_prob(torch.tensor(x))
        partials = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True) if leaves else []
        write(self.name, "log_prob", [x, *parameters], [value.detach(), *(e for d in partials for e in d.reshape(-1))])
        if self.scipy:
            write(self.name, "cdf", [x, *parameters], [self.scipy(*parameters).cdf(x)])


class Exact:
    """A law from its log-density or log-mass in mpmath, differentiated and integrated. `breaks` divide the support;
    without them, x is a count or, if there are `levels`, k / (levels - 1)."""

    def __init__(self, name, log_prob, grid, xs, breaks=None, parts="mean variance entropy cdf", levels=None):
        self.name, self.log_prob, self.grid, self.xs = name, log_prob, grid, xs
        self.breaks, self.parts, self.levels = breaks, parts.split(), levels

    def expect(self, parameters, f, to=mp.inf):
        term = lambda x: mp.exp(self.log_prob(x, *parameters)) * f(x)
        if self.breaks is None:
            step = mpf(1) / (self.levels - 1) if self.levels else 1
            xs = (k * step for k in range(self.levels or 1000))
            return mp.fsum(term(x) for x in xs if x <= to + mpf("1e-9"))
        breaks = self.breaks(*parameters)
        return mp.quad(term, sorted({b for b in breaks if b < to} | {min(to, breaks[-1])}))

    def write(self):
        for parameters in self.grid:
            parameters = [exact(p) for p in parameters]
            mass = self.expect(parameters, lambda x: 1)
            assert abs(mass - 1) < 1e-18, (self.name, parameters, mass)
            mean = self.expect(parameters, lambda x: x)
            surprise = lambda x: -self.log_prob(x, *parameters)
            variance = lambda x: (x - mean) ** 2
            for part, f in [("mean", lambda x: x), ("variance", variance), ("entropy", surprise)]:
                if part in self.parts:
                    write(self.name, part, parameters, [self.expect(parameters, f)])
            for x in map(exact, self.xs(*parameters) if callable(self.xs) else self.xs):
                self.write_at(x, parameters)

    def write_at(self, x, parameters):
        f = lambda *p: self.log_prob(x, *p)
        unit = lambda k: tuple(int(i == k) for i in range(len(parameters)))
        partials = [mp.diff(f, tuple(parameters), unit(k)) for k in range(len(parameters))]
        write(self.name, "log_prob", [x, *parameters], [f(*parameters), *partials])
        if "cdf" in self.parts:
            write(self.name, "cdf", [x, *parameters], [self.expect(parameters, lambda x: 1, to=x)])


def exact(x):
    """The number that the test reads."""
    return mpf(float(x))


def torch_kl(p, q, pairs):
    for a, b in pairs:
        make = lambda law, parameters: law.make(*map(torch.tensor, parameters))
        kl = D.kl_divergence(make(p, a), make(q, b))
        write(f"{p.name}|{q.name}", "kl", [*a, *b], [kl])


def exact_kl(p, q, pairs):
    """For p an `Exact`."""
    for a, b in pairs:
        a, b = [exact(x) for x in a], [exact(x) for x in b]
        kl = p.expect(a, lambda x: p.log_prob(x, *a) - q.log_prob(x, *b))
        write(f"{p.name}|{q.name}", "kl", [*a, *b], [kl])


LINE = [-2.5, -0.3, 0.8, 4.0]
POSITIVE = [0.05, 0.7, 2.0, 9.0]
UNIT = [0.02, 0.3, 0.55, 0.93]
COUNTS = [0.0, 1.0, 3.0, 12.0]
LOC_SCALE = [(0.0, 1.0), (-1.5, 0.3), (2.5, 4.0), (0.7, 0.05), (-40.0, 25.0)]
ONE_POSITIVE = [(1.0,), (0.3,), (4.5,), (0.01,), (70.0,)]
TWO_POSITIVE = [(1.0, 1.0), (0.4, 2.5), (3.5, 0.6), (12.0, 7.0), (150.0, 40.0)]
LOGITS = [(0.2,), (1.3,), (-2.7,), (8.0,), (-20.0,)]
WITHIN_UNIT = [(0.2, 0.9), (0.4, 0.5), (0.0, 1.0)]


def beta_density(x, a, b):
    return (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) - mp.log(mp.beta(a, b))


def continuous_bernoulli_density(x, l):
    return x * l + (mp.log(l / mp.expm1(l)) if l else 0)


def kumaraswamy_density(x, a, b):
    return mp.log(a * b) + (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-(x**a))


def logistic_density(x, loc, scale):
    t = (x - loc) / scale
    return -t - mp.log(scale) - 2 * mp.log1p(mp.exp(-t))


def normal_mass(a, b):
    """Φ(b) − Φ(a), from the side on which neither is near 1."""
    phi = lambda x: mp.erfc(-x / mp.sqrt(2)) / 2
    return phi(b) - phi(a) if a + b < 0 else phi(-a) - phi(-b)


def truncated_normal_density(x, loc, scale, low, high):
    z = lambda x: (x - loc) / scale
    return -(z(x) ** 2 + mp.log(2 * mp.pi)) / 2 - mp.log(scale) - mp.log(normal_mass(z(low), z(high)))


def weibull_density(x, scale, k):
    return mp.log(k / scale) + (k - 1) * mp.log(x / scale) - (x / scale) ** k


def around(loc, scale):
    return [-mp.inf, *(loc + k * scale for k in (-30, -4, 0, 4, 30)), mp.inf]


unit = lambda *_: [mpf(0), mpf(1) / 2, mpf(1)]
half_line = lambda scale, *_: [mpf(0), scale / 2, 2 * scale, 8 * scale, mp.inf]

normal = Torch(
    "Normal",
    lambda mean, log_var: D.Normal(mean, (0.5 * log_var).exp()),
    [(0.0, 0.0), (-1.5, -2.3), (2.5, 3.1), (0.7, -6.0), (-40.0, 8.0)],
    LINE,
    lambda mean, log_var: stats.norm(mean, math.exp(0.5 * log_var)),
)
standard_normal = Torch("StandardNormal", lambda: D.Normal(0.0, 1.0), [()], LINE, parts="")
laplace = Torch("Laplace", D.Laplace, LOC_SCALE, LINE, stats.laplace)
logistic = Exact("Logistic", logistic_density, LOC_SCALE, LINE, around)
student = Torch(
    "StudentT",
    D.StudentT,
    [(3.0, 0.0, 1.0), (1.5, -1.5, 0.3), (0.7, 2.5, 4.0), (40.0, 0.7, 0.5), (1e4, 1.0, 2.0)],
    LINE,
    stats.t,
)
cauchy = Torch("Cauchy", D.Cauchy, LOC_SCALE, LINE, stats.cauchy, parts="entropy")
half_normal = Torch("HalfNormal", D.HalfNormal, ONE_POSITIVE, POSITIVE, lambda scale: stats.halfnorm(0, scale))
truncated_normal = Exact(
    "TruncatedNormal",
    truncated_normal_density,
    [(0.0, 1.0, -1.0, 1.0), (-1.5, 0.3, -2.0, 5.0), (0.0, 1.0, 8.0, 9.0), (3.0, 2.0, -30.0, -20.0), (0.5, 40.0, 0.0, 1.0)],
    lambda _loc, _scale, low, high: [low + (high - low) * u for u in (0.02, 0.3, 0.55, 0.93)],
    lambda _loc, _scale, low, high: [low + (high - low) * mpf(u) / 8 for u in range(9)],
)
log_normal = Torch(
    "LogNormal",
    lambda mean, log_var: D.LogNormal(mean, (0.5 * log_var).exp()),
    [(0.0, 0.0), (-1.5, -2.3), (2.5, 1.1), (0.7, -6.0)],
    POSITIVE,
    lambda mean, log_var: stats.lognorm(math.exp(0.5 * log_var), 0, math.exp(mean)),
)
gumbel = Torch("Gumbel", D.Gumbel, LOC_SCALE, LINE, stats.gumbel_r)
weibull = Torch(
    "Weibull", D.Weibull, [(1.0, 1.0), (0.4, 2.5), (3.5, 0.6), (12.0, 7.0)], POSITIVE, lambda s, k: stats.weibull_min(k, 0, s)
)
uniform = Torch(
    "Uniform", D.Uniform, [(0.0, 1.0), (-3.0, 2.0), (0.5, 0.75), (-100.0, 300.0)], LINE + UNIT, lambda a, b: stats.uniform(a, b - a)
)
pareto = Torch(
    "Pareto", D.Pareto, [(1.0, 3.5), (0.04, 2.5), (0.5, 1.5), (2.0, 0.7), (0.7, 40.0)], POSITIVE, lambda s, a: stats.pareto(a, 0, s)
)
exponential = Torch("Exponential", D.Exponential, ONE_POSITIVE, POSITIVE, lambda rate: stats.expon(0, 1 / rate))
kumaraswamy = Torch("Kumaraswamy", D.Kumaraswamy, TWO_POSITIVE, UNIT)
gamma = Torch("Gamma", D.Gamma, TWO_POSITIVE, POSITIVE, lambda a, rate: stats.gamma(a, 0, 1 / rate))
inverse_gamma = Torch("InverseGamma", D.InverseGamma, TWO_POSITIVE, POSITIVE)
beta = Torch("Beta", D.Beta, TWO_POSITIVE, UNIT, stats.beta)
bernoulli = Torch("Bernoulli", lambda l: D.Bernoulli(logits=l), LOGITS, [0.0, 1.0])
# torch takes a Taylor polynomial around λ = ½, good to 10⁻⁵.
continuous_bernoulli = Exact("ContinuousBernoulli", continuous_bernoulli_density, [*LOGITS, (0.0,), (1e-5,), (600.0,)], UNIT, unit)
binomial = Torch(
    "Binomial",
    lambda n, l: D.Binomial(n, logits=l),
    [(12.0, 0.3), (1.0, -1.2), (40.0, 2.5), (300.0, -3.5)],
    COUNTS,
    lambda n, l: stats.binom(n, 1 / (1 + math.exp(-l))),
)
geometric = Torch("Geometric", lambda l: D.Geometric(logits=l), LOGITS[:3], COUNTS, lambda l: stats.geom(1 / (1 + math.exp(-l)), -1))
negative_binomial = Torch(
    "NegativeBinomial",
    lambda n, l: D.NegativeBinomial(n, logits=l),
    [(3.0, 0.3), (0.5, -1.2), (40.0, 2.5), (7.3, -3.5)],
    COUNTS,
    lambda n, l: stats.nbinom(n, 1 / (1 + math.exp(l))),
    parts="mean variance",
)
poisson = Torch("Poisson", D.Poisson, ONE_POSITIVE, COUNTS, stats.poisson, parts="mean variance")
relaxed_bernoulli = Torch("RelaxedBernoulli", lambda l: D.RelaxedBernoulli(torch.tensor(0.7), logits=l), LOGITS, UNIT, parts="")

# What torch does not have is a formula here. The fixed parameters are those of the tests.
poisson_mass = lambda x, rate: x * mp.log(rate) - rate - mp.loggamma(x + 1)
log_mix = lambda g, h, a, b: mp.log((mp.exp(g + a) + mp.exp(h + b)) / (mp.exp(g) + mp.exp(h)))
zero_inflated = Exact(
    "ZeroInflated",
    lambda x, gate, rate: log_mix(0, gate, poisson_mass(x, rate), 0 if x == 0 else -mp.inf),
    [(0.3, 2.0), (-4.0, 30.0), (3.0, 0.1)],
    COUNTS,
    parts="mean variance",
)
mixture = Exact(
    "ElementMixture",
    lambda x, g, h, rate1, rate2: log_mix(g, h, poisson_mass(x, rate1), poisson_mass(x, rate2)),
    [(0.3, 0.0, 2.0, 9.0), (-4.0, 1.0, 30.0, 7.0), (0.3, 3.0, 0.1, 4.0)],
    COUNTS,
    parts="mean variance",
)


def discretized_logistic_mass(x, loc, log_scale):
    """8 levels."""
    cdf = lambda x: 1 / (1 + mp.exp((loc - x) / mp.exp(log_scale)))
    below, above = (cdf(x + sign * mpf(1) / 14) for sign in (-1, 1))
    # x is a float64 near a level.
    return mp.log((above if x < 0.99 else 1) - (below if x > 0.01 else 0))


discretized_logistic = Exact(
    "DiscretizedLogistic",
    discretized_logistic_mass,
    [(0.5, -1.0), (0.1, -3.0), (1.3, -4.5), (-40.0, 2.5)],
    [k / 7 for k in (0, 1, 4, 7)],
    levels=8,
)

pixel_categorical = Exact(
    "PixelCategorical",
    lambda x, *logits: logits[int(mp.nint(2 * x))] - mp.log(mp.fsum(map(mp.exp, logits))),
    [(0.3, -1.0, 2.0), (9.0, 1.0, -5.0), (-700.0, 0.5, 700.0)],
    [0.0, 0.5, 1.0],
    parts="mean variance",
    levels=3,
)

ROWS_OF_3 = [[0.3, -1.0, 2.0], [0.0, 0.5, -0.4], [-3.0, 1.5, 0.2]]
SIMPLEX = [[0.2, 0.3, 0.5], [0.01, 0.98, 0.01]]


def spread(seed, length):
    """Numbers in [-1, 1]."""
    return [2 * ((i + 1) * 0.754877666 + seed * 0.569840291) % 2 - 1 for i in range(length)]


def triangle(seed, n):
    """A Cholesky factor, row after row."""
    return [x if i > j else 0.0 if i < j else math.exp(x) for (i, j), x in zip(itertools.product(range(n), range(n)), spread(seed, n * n))]


SIZES = [(1, 1), (2, 1), (3, 2), (3, 5), (7, 3)]
TRIANGULAR = [(spread(i, n), triangle(i + 3, n)) for i, (n, _) in enumerate(SIZES)]
LOW_RANK = [(spread(i + 5, n), spread(i, n * r), spread(i + 9, n)) for i, (n, r) in enumerate(SIZES)]
DIAGONAL = [(spread(i + 2, n), spread(i + 4, n)) for i, (n, _) in enumerate(SIZES)]
EVENTS = [spread(i + 7, n) for i, (n, _) in enumerate(SIZES)]
categorical = Torch("Categorical", lambda l: D.OneHotCategorical(logits=l), [([0.3, -1.0, 2.0, 0.0],), ([9.0, 1.0, -5.0, 0.5],)], torch.eye(4).tolist())
dirichlet = Torch("Dirichlet", D.Dirichlet, [([1.0, 1.0, 1.0],), ([0.4, 7.0, 2.5],), ([90.0, 40.0, 0.2],)], SIMPLEX)
concrete = Torch("Concrete", lambda l: D.RelaxedOneHotCategorical(torch.tensor(0.7), logits=l), [(l,) for l in ROWS_OF_3], SIMPLEX, parts="")
isotropic_normal = Torch(
    "IsotropicNormal",
    lambda mean, log_var: D.Independent(D.Normal(mean, (0.5 * log_var).exp()), 1),
    [(ROWS_OF_3[0], 0.0), (ROWS_OF_3[1], -6.0), (ROWS_OF_3[2], 3.5)],
    ROWS_OF_3,
)


class OptimalNormal:
    """A normal law whose scale is 1/8 more than the root of the mean square."""

    support = D.constraints.real

    def __init__(self, mean):
        self.mean, self.event_shape = mean, mean.shape

    def log_prob(self, x):
        scale = ((x - self.mean) ** 2).mean().sqrt() + 0.125
        return D.Normal(self.mean, scale).log_prob(x).sum()


class TableRow:
    """A number, one of three classes, and another number."""

    support = D.constraints.real

    def __init__(self, location, log_spread):
        self.event_shape = location.shape
        self.numbers = D.Normal(location[[0, 4]], (0.5 * log_spread[[0, 4]]).exp())
        self.classes = D.OneHotCategorical(logits=location[1:4])
        self.mean, self.variance = (
            torch.cat([n[:1], c, n[1:]]) for n, c in [(self.numbers.mean, self.classes.mean), (self.numbers.variance, self.classes.variance)]
        )

    def log_prob(self, x):
        return self.numbers.log_prob(x[[0, 4]]).sum() + self.classes.log_prob(x[1:4])


optimal_normal = Torch("OptimalNormal", OptimalNormal, [([0.25, -0.5, 1.0],), ([4.0, 1.0, -3.0],)], ROWS_OF_3, parts="")
table_row = Torch(
    "TableRow",
    TableRow,
    [([0.3, -1.0, 2.0, 0.0, 1.5], [0.5, 0.1, 0.2, 0.3, -2.0]), ([-2.0, 9.0, 1.0, -5.0, 0.4], [-4.0, 0.0, 0.0, 0.0, 3.0])],
    [[0.7, 0.0, 1.0, 0.0, -1.0], [-2.5, 1.0, 0.0, 0.0, 0.25]],
    parts="mean variance",
)
multivariate_normal = Torch(
    "MultivariateNormal",
    lambda mean, l: D.MultivariateNormal(mean, scale_tril=l.reshape(len(mean), -1)),
    TRIANGULAR,
    EVENTS,
)
low_rank_normal = Torch(
    "LowRankNormal",
    lambda mean, w, log_d: D.LowRankMultivariateNormal(mean, w.reshape(len(mean), -1), log_d.exp()),
    LOW_RANK,
    EVENTS,
)
mixture_of_normals = Torch(
    "Mixture",
    lambda logits, mean1, mean2, log_var: D.MixtureSameFamily(
        D.Categorical(logits=logits), D.Independent(D.Normal(torch.stack([mean1, mean2]), (0.5 * log_var).exp()), 1)
    ),
    [([0.3, -1.0], ROWS_OF_3[0], ROWS_OF_3[1], ROWS_OF_3[1]), ([-4.0, 0.5], *ROWS_OF_3)],
    ROWS_OF_3,
    parts="mean variance",
)


def write_von_mises_fisher():
    """Of unit vectors, as the crate has it: the product of x and loc is 1 - |x - loc|²/2, which tells the derivative in loc."""
    unit = lambda x: [e / math.hypot(*x) for e in x]
    for n, kappa in itertools.product([2, 3, 4, 10, 200], [0.0, 1e-3, 0.5, 20.0, 500.0, 1e6]):
        nu, k, loc, other = mpf(n) / 2 - 1, exact(kappa), unit(spread(1, n)), unit(spread(2, n))
        area = mp.log(2) + mpf(n) / 2 * mp.log(mp.pi) - mp.loggamma(mpf(n) / 2)
        def constant(k):
            return nu * mp.log(k) - (nu + 1) * mp.log(2 * mp.pi) - mp.log(mp.besseli(nu, k)) if k else -area

        a = mp.besseli(nu + 1, k) / mp.besseli(nu, k) if k else mpf(0)
        across = a / k if k else mpf(1) / n
        along = 1 - a * a - (n - 1) * across
        write("VonMisesFisher", "mean", [loc, kappa], [a * m for m in loc])
        write("VonMisesFisher", "variance", [loc, kappa], [across + (along - across) * exact(m) ** 2 for m in loc])
        write("VonMisesFisher", "entropy", [loc, kappa], [-constant(k) - k * a])
        write("VonMisesFisher|SphericalUniform", "kl", [loc, kappa], [constant(k) + k * a + area])
        difference = [exact(x) - exact(m) for x, m in zip(other, loc)]
        product = 1 - mp.fsum(d * d for d in difference) / 2
        partials = [*(k * d for d in difference), product - a]
        write("VonMisesFisher", "log_prob", [other, loc, kappa], [constant(k) + k * product, *partials])
        for kappa2 in (0.0, 0.3, 1.1 * kappa):
            k2 = exact(kappa2)
            kl = k * a + constant(k) - constant(k2) - k2 * a * product
            write("VonMisesFisher|VonMisesFisher", "kl", [loc, kappa, other, kappa2], [kl])
    write("SphericalUniform", "log_prob", [unit(ROWS_OF_3[0])], [-mp.log(4 * mp.pi)])


def covariance(parameters):
    """Mean and covariance from the parameters of a normal distribution, as matrices."""
    mean, *rest = [mp.matrix([exact(x) for x in row]) for row in parameters]
    n = len(mean)
    diagonal = lambda log: mp.diag([mp.exp(x) for x in log])
    shaped = lambda m: mp.matrix(n, len(m) // n) + mp.matrix([[m[i * (len(m) // n) + j] for j in range(len(m) // n)] for i in range(n)])
    if len(rest) == 2:
        return mean, shaped(rest[0]) * shaped(rest[0]).T + diagonal(rest[1])
    if len(rest[0]) == n > 1 or parameters in DIAGONAL:
        return mean, diagonal(rest[0])
    return mean, shaped(rest[0]) * shaped(rest[0]).T


def write_gaussian_divergences():
    """From the textbook's formula, with matrices."""
    families = [("MultivariateNormal", TRIANGULAR), ("LowRankNormal", LOW_RANK), ("Normal", DIAGONAL)]

    def write_pair(name, inputs, p, q):
        (mean1, s1), (mean2, s2) = p, q
        precision, d = s2**-1, mean1 - mean2
        trace = mp.fsum((precision * s1)[i, i] for i in range(len(d)))
        square = (d.T * precision * d)[0]
        write(name, "kl", inputs, [(trace + square - len(d) + mp.log(mp.det(s2)) - mp.log(mp.det(s1))) / 2])

    for (p, of_p), (q, of_q) in itertools.product(families, families):
        if p == q == "Normal":
            continue
        for a, b in zip(of_p, of_q):
            write_pair(f"{p}|{q}", [*a, *b], covariance(a), covariance(b))
        if p == q:
            # Of this size and another, or of another rank.
            for i, j in [(2, 3), (3, 2)]:
                write_pair(f"{p}|{q}", [*of_p[i], *of_q[j]], covariance(of_p[i]), covariance(of_q[j]))
    for p, of_p in families[:2]:
        for a in of_p:
            write_pair(f"{p}|StandardNormal", a, covariance(a), (mp.zeros(len(a[0]), 1), mp.eye(len(a[0]))))


def write_other_divergences():
    """From their definitions, by quadrature."""
    density = lambda mean, log_var: lambda x: mp.npdf(x, mean, mp.exp(log_var / 2))
    quantile = lambda mean, log_var: lambda z: mean + mp.exp(log_var / 2) * z
    everywhere = [-mp.inf, -10, -3, 0, 3, 10, mp.inf]
    kl = lambda p, q: mp.quad(lambda x: p(x) * mp.log(p(x) / q(x)) if p(x) > mpf("1e-300") else mpf(0), [-40, *everywhere[1:-1], 40])
    for a, b in [((0.0, 0.0), (1.0, 0.3)), ((-1.0, 1.0), (0.5, -0.5)), ((0.2, -2.0), (0.3, 2.0)), ((1.5, -0.7), (0.0, 0.0))]:
        p, q = density(*map(exact, a)), density(*map(exact, b))
        write("jeffreys", "kl", [*a, *b], [kl(p, q) + kl(q, p)])
        for alpha in (0.3, 1.2):
            # The integral diverges where alpha q's variance is less than (alpha - 1) p's.
            if alpha * math.exp(b[1]) + (1 - alpha) * math.exp(a[1]) <= 0:
                write(f"renyi {alpha}", "kl", [*a, *b], [mp.inf])
                continue
            integral = mp.quad(lambda x: mp.exp(exact(alpha) * mp.log(p(x)) + (1 - exact(alpha)) * mp.log(q(x))), [-40, *everywhere[1:-1], 40])
            write(f"renyi {alpha}", "kl", [*a, *b], [mp.log(integral) / (exact(alpha) - 1)])
        for alpha, name in [(0.3, "geometric_jensen_shannon"), (0.6, "geometric_jensen_shannon_dual")]:
            w = exact(alpha)
            product = lambda x: mp.exp((1 - w) * mp.log(p(x)) + w * mp.log(q(x)))
            mass = mp.quad(product, [-40, *everywhere[1:-1], 40])
            g = lambda x: product(x) / mass
            pairs = [(g, p), (g, q)] if "dual" in name else [(p, g), (q, g)]
            write(f"{name} {alpha}", "kl", [*a, *b], [(1 - w) * kl(*pairs[0]) + w * kl(*pairs[1])])
        # Transported by quantiles: the expected square over z ~ N(0, 1).
        square = mp.quad(lambda z: mp.npdf(z) * (quantile(*map(exact, a))(z) - quantile(*map(exact, b))(z)) ** 2, everywhere)
        write("wasserstein_squared", "kl", [*a, *b], [square])
        write("wasserstein", "kl", [*a, *b], [mp.sqrt(square)])


def write_extremes():
    """Where differences of ln Γ keep no digit, from the formula."""
    log_beta = lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    log_choose = lambda n, k: mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)
    log_p, log_q = lambda l: -mp.log1p(mp.exp(-l)), lambda l: -mp.log1p(mp.exp(l))
    gamma_density = lambda x, a, b: a * mp.log(b) + (a - 1) * mp.log(x) - b * x - mp.loggamma(a)
    densities = {
        "Gamma": (gamma_density, [(1.00001, 1e10, 1e10), (0.5, 1e-10, 1.0), (1e3, 0.3, 1e-15), (1020.0, 1e4, 10.0)]),
        "InverseGamma": (lambda x, a, b: gamma_density(1 / x, a, b) - 2 * mp.log(x), [(0.99999, 1e10, 1e10), (2.0, 1e-10, 1.0), (1e-3, 0.3, 1e-15)]),
        "Beta": (
            lambda x, a, b: (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) - log_beta(a, b),
            [(0.33333, 1e8, 2e8), (0.25, 1e-8, 2.0), (1e-6, 0.5, 1e6), (0.5, 1e-10, 1e-10)],
        ),
        "Binomial": (
            lambda x, n, l: log_choose(n, x) + x * log_p(l) + (n - x) * log_q(l),
            [(5e11, 1e12, 1e-6), (1.0, 1e12, -27.0), (7.0, 8.0, -40.0), (9999.0, 10000.0, 50.0)],
        ),
        "NegativeBinomial": (
            lambda x, r, l: mp.loggamma(x + r) - mp.loggamma(x + 1) - mp.loggamma(r) + x * log_p(l) + r * log_q(l),
            [(4.0, 1e12, -25.0), (4.0, 1e-10, 1.0), (1e6, 1e6, 0.001), (1e6, 0.5, 50.0)],
        ),
        "Poisson": (
            lambda x, rate: x * mp.log(rate) - rate - mp.loggamma(x + 1),
            [(1e12, 1.000001e12), (5.0, 1e-12), (20.0, 1e4)],
        ),
    }
    for name, (log_prob, cases) in densities.items():
        for x, *parameters in cases:
            Exact(name, log_prob, [], [], parts="").write_at(exact(x), [exact(p) for p in parameters])

    gamma_entropy = lambda a, b: a - mp.log(b) + mp.loggamma(a) + (1 - a) * mp.psi(0, a)
    entropies = {
        "Gamma": (gamma_entropy, [(1e10, 1e10), (1e-10, 1.0), (0.3, 1e-15)]),
        "InverseGamma": (lambda a, b: gamma_entropy(a, b) - 2 * (mp.psi(0, a) - mp.log(b)), [(1e10, 1e10), (1e-10, 1.0), (0.3, 1e-15)]),
        "Beta": (
            lambda a, b: log_beta(a, b) - (a - 1) * mp.psi(0, a) - (b - 1) * mp.psi(0, b) + (a + b - 2) * mp.psi(0, a + b),
            [(1e8, 2e8), (1e-8, 2.0), (0.5, 1e6), (1e-10, 1e-10)],
        ),
        "Bernoulli": (lambda l: -mp.exp(log_p(l)) * log_p(l) - mp.exp(log_q(l)) * log_q(l), [(-50.0,), (30.0,)]),
        "Geometric": (lambda l: -log_p(l) - mp.exp(-l) * log_q(l), [(-50.0,), (50.0,), (-700.0,)]),
        "ContinuousBernoulli": (
            lambda l: mp.log(mp.expm1(l) / l) - l * (1 / (1 - mp.exp(-l)) - 1 / l),
            [(1e-9,), (1e-3,), (-1.4999999,), (1.5,), (50.0,), (-1000.0,)],
        ),
    }
    for name, (entropy, cases) in entropies.items():
        for parameters in cases:
            write(name, "entropy", parameters, [entropy(*map(exact, parameters))])

    gamma_kl = lambda a1, b1, a2, b2: (a1 - a2) * mp.psi(0, a1) - mp.loggamma(a1) + mp.loggamma(a2) + a2 * mp.log(b1 / b2) + a1 * (b2 / b1 - 1)
    beta_kl = lambda a1, b1, a2, b2: (
        log_beta(a2, b2) - log_beta(a1, b1) + (a1 - a2) * mp.psi(0, a1) + (b1 - b2) * mp.psi(0, b1) - (a1 + b1 - a2 - b2) * mp.psi(0, a1 + b1)
    )
    bernoulli_kl = lambda l1, l2: mp.exp(log_p(l1)) * (log_p(l1) - log_p(l2)) + mp.exp(log_q(l1)) * (log_q(l1) - log_q(l2))
    log_normalizer = lambda l: mp.log(l / mp.expm1(l)) if l else mpf(0)
    gammas = [(1e10, 1e10, 1.0001e10, 1e10), (1e-10, 1.0, 3e-10, 2.0), (30.0, 2.0, 0.5, 7.0), (0.5, 7.0, 30.0, 2.0)]
    divergences = {
        "Gamma|Gamma": (gamma_kl, gammas),
        "InverseGamma|InverseGamma": (gamma_kl, gammas),
        "Beta|Beta": (beta_kl, [(1e8, 2e8, 1.0001e8, 2e8), (1e-8, 2.0, 3e-8, 1.0), (1e8, 1.0, 1.1e8, 1.0), (1e8, 1e-8, 1.1e8, 1e-8)]),
        "Bernoulli|Bernoulli": (bernoulli_kl, [(50.0, -50.0), (-1000.0, 1000.0), (30.0, -0.5), (1000.0, 999.0)]),
        "Geometric|Geometric": (lambda l1, l2: bernoulli_kl(l1, l2) / mp.exp(log_p(l1)), [(-50.0, -49.0), (-50.0, 50.0), (-700.0, -699.0)]),
        "ContinuousBernoulli|ContinuousBernoulli": (
            lambda l1, l2: log_normalizer(l1) - log_normalizer(l2) + (l1 - l2) * (1 / (1 - mp.exp(-l1)) - 1 / l1),
            [(1e3, 1002.0), (-1e3, 1e3), (30.0, 31.0), (-50.0, -2.1)],
        ),
        "Poisson|Poisson": (lambda a, b: a * mp.log(a / b) - a + b, [(1e-12, 2.0), (3e10, 3.00001e10)]),
    }
    for name, (kl, cases) in divergences.items():
        for parameters in cases:
            with mp.workdps(500):
                write(name, "kl", parameters, [kl(*map(exact, parameters))])


def write_edges():
    """What follows without a calculation: equal distributions of two families, and what one of them excludes."""
    inf, nan = math.inf, math.nan
    for name, inputs, kl in [
        ("Beta|Uniform", (1.0, 1.0, 0.0, 1.0), 0),
        ("Beta|ContinuousBernoulli", (1.0, 1.0, 0.0), 0),
        ("ContinuousBernoulli|Uniform", (0.0, 0.0, 1.0), 0),
        ("Uniform|Beta", (0.0, 1.0, 1.0, 1.0), 0),
        ("Uniform|ContinuousBernoulli", (0.0, 1.0, 0.0), 0),
        ("Exponential|Gamma", (3.0, 1.0, 3.0), 0),
        ("Gamma|Exponential", (1.0, 3.0, 3.0), 0),
        ("Kumaraswamy|Beta", (1.0, 0.3, 1.0, 0.3), 0),
        ("Kumaraswamy|Beta", (7.0, 1.0, 7.0, 1.0), 0),
        ("Kumaraswamy|Beta", (1.0, 50.0, 1.0, 50.0), 0),
        ("Uniform|Beta", (-0.1, 0.5, 2.0, 3.0), inf),
        ("Uniform|Beta", (0.1, 1.5, 2.0, 3.0), inf),
        ("Uniform|ContinuousBernoulli", (-0.1, 0.5, 2.0), inf),
        ("Uniform|ContinuousBernoulli", (0.1, 1.5, 2.0), inf),
        ("Uniform|Exponential", (-0.1, 0.5, 2.0), inf),
        ("Uniform|Gamma", (-0.1, 0.5, 2.0, 2.0), inf),
        ("Uniform|Pareto", (0.1, 0.5, 0.2, 2.0), inf),
        ("Beta|Uniform", (2.0, 3.0, 0.1, 3.0), inf),
        ("Beta|Uniform", (2.0, 3.0, 0.0, 0.9), inf),
        ("ContinuousBernoulli|Uniform", (2.0, 0.1, 3.0), inf),
        ("ContinuousBernoulli|Uniform", (2.0, 0.0, 0.9), inf),
        ("Bernoulli|Poisson", (0.3, 0.0), inf),
        ("Poisson|Poisson", (0.0, 3.0), 3),
        ("Poisson|Poisson", (0.0, 0.0), 0),
        ("Poisson|Poisson", (2.0, 0.0), inf),
        # The first may be what the second cannot; then the other way round, where there is no closed form.
        ("Binomial|Binomial", (9.0, 0.1, 8.0, 0.1), inf),
        ("Binomial|Binomial", (8.0, 0.1, 9.0, 0.1), nan),
        ("Categorical|Categorical", ([0.3, 0.2, 1.0], [-inf, 1.0, 0.0]), inf),
        # No mean, and no variance.
        ("Pareto|Exponential", (1.0, 1.0, 2.0), inf),
        ("Pareto|Gamma", (1.0, 0.5, 2.0, 2.0), inf),
        ("Pareto|Normal", (1.0, 2.0, 2.0, 2.0), inf),
    ]:
        write(name, "kl", inputs, [kl])


laws = [x for x in list(globals().values()) if isinstance(x, (Torch, Exact))]


def write_divergences():
    both = lambda p, q=None: list(zip(p, q or p[1:] + p[:1]))
    for law in [normal, laplace, cauchy, half_normal, log_normal, gumbel, exponential, gamma, inverse_gamma, beta, bernoulli, geometric, poisson]:
        torch_kl(law, law, both(law.grid))
    torch_kl(binomial, binomial, [((12.0, 0.3), (12.0, -1.2)), ((40.0, 2.5), (40.0, 1.5))])
    torch_kl(pareto, pareto, [((1.0, 3.5), (0.5, 1.5)), ((2.0, 0.7), (2.0, 1.7)), ((0.5, 2.0), (1.0, 2.0))])
    torch_kl(uniform, uniform, both(WITHIN_UNIT, [(0.0, 1.0), (-3.0, 2.0), (0.5, 2.0)]))
    torch_kl(normal, standard_normal, [(a, ()) for a in normal.grid])
    for p, q in [(laplace, normal), (normal, laplace), (normal, gumbel), (gumbel, normal)]:
        torch_kl(p, q, both(p.grid[:4], q.grid[1:]))
    for q in [exponential, gamma, normal, uniform]:
        torch_kl(beta, q, both(beta.grid, q.grid))
    for q in [gamma, gumbel, normal]:
        torch_kl(exponential, q, both(exponential.grid[:3], q.grid[1:]))
    for q in [exponential, gumbel, normal]:
        torch_kl(gamma, q, both(gamma.grid, q.grid))
    for q in [exponential, gamma, normal]:
        torch_kl(pareto, q, both(pareto.grid, q.grid))
    for q in [beta, exponential, gamma, gumbel, normal, pareto]:
        torch_kl(uniform, q, both(WITHIN_UNIT, q.grid[1:4]))
    torch_kl(uniform, pareto, [((2.0, 5.0), (1.5, 0.7)), ((2.0, 5.0), (2.5, 0.7))])
    torch_kl(bernoulli, poisson, both(bernoulli.grid, poisson.grid))

    weibull_ = Exact("Weibull", weibull_density, weibull.grid, [], half_line)
    kumaraswamy_ = Exact("Kumaraswamy", kumaraswamy_density, kumaraswamy.grid[:4], [], unit)
    for law in [weibull_, continuous_bernoulli]:
        exact_kl(law, law, both(law.grid))
    beta_ = Exact("Beta", beta_density, beta.grid[:4], [], unit)
    exponential_ = Exact("Exponential", lambda x, rate: mp.log(rate) - rate * x, exponential.grid, [])
    log_normal_density = lambda x, mean, log_var: -((x - mean) ** 2 / mp.exp(log_var) + log_var + mp.log(2 * mp.pi)) / 2
    normal_ = Exact("Normal", log_normal_density, normal.grid, [])
    uniform_ = Exact("Uniform", lambda x, low, high: -mp.log(high - low), WITHIN_UNIT, [], lambda low, high: [low, high])
    exact_kl(kumaraswamy_, beta_, both(kumaraswamy_.grid, beta_.grid))
    exact_kl(beta_, continuous_bernoulli, both(beta_.grid, continuous_bernoulli.grid))
    for q in [exponential_, normal_]:
        exact_kl(continuous_bernoulli, q, both(continuous_bernoulli.grid, q.grid))
    exact_kl(continuous_bernoulli, uniform_, both(continuous_bernoulli.grid[:3], [(0.0, 1.0), (-3.0, 2.0), (0.0, 7.0)]))
    exact_kl(uniform_, continuous_bernoulli, both(WITHIN_UNIT, continuous_bernoulli.grid))
    torch_kl(categorical, categorical, both(categorical.grid))
    torch_kl(dirichlet, dirichlet, both(dirichlet.grid))
    t = truncated_normal.grid
    exact_kl(truncated_normal, truncated_normal, [(t[0], (0.4, 0.7, -1.5, 1.0)), (t[2], (1.0, 2.0, 8.0, 10.0)), (t[1], t[1])])


for law in laws:
    law.write()
write_divergences()
write_gaussian_divergences()
write_other_divergences()
write_extremes()
write_edges()
write_von_mises_fisher()
header = f"# Made by generate.py: torch {torch.__version__.split('+')[0]}, scipy {scipy.__version__}, mpmath {mpmath.__version__}"
Path(__file__).with_name("golden.csv").write_text("\n".join([header, *rows, ""]))
