"""Writes golden.csv: what other libraries compute for the distributions of this crate.

    pip install torch==2.9.1 scipy==1.17.1 mpmath==1.3.0
    python generate.py

Each line is `distribution,quantity,inputs,outputs`. Inputs are x, if there is one, and the parameters in the order of
`tests/laws/main.rs`, separated by `;`; outputs are the value and, of `log_prob`, its derivative in each parameter. A
divergence's distribution is `P|Q`, and its inputs are p's parameters and q's. A row of elements is separated by spaces.

What torch.distributions has is computed by it in float64, distribution functions by scipy, and the rest by mpmath from
the density, with 30 digits: what neither has, and where one of them is known to lose digits.
"""

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
                if p.support.check(torch.tensor(x)).all():
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

ROWS_OF_3 = [[0.3, -1.0, 2.0], [0.0, 0.5, -0.4], [-3.0, 1.5, 0.2]]
SIMPLEX = [[0.2, 0.3, 0.5], [0.01, 0.98, 0.01]]
TRIANGLES = [[1.0, 0.0, 0.0, 0.5, 0.7, 0.0, -0.2, 0.4, 1.3], [0.1, 0.0, 0.0, 3.0, 2.0, 0.0, 0.6, -1.5, 0.4]]
FACTORS = [[1.0, 0.5, -0.3, 0.8, 2.0, -1.1], [0.1, 3.0, 0.0, 0.7, -0.4, 0.2]]
categorical = Torch("Categorical", lambda l: D.OneHotCategorical(logits=l), [([0.3, -1.0, 2.0, 0.0],), ([9.0, 1.0, -5.0, 0.5],)], torch.eye(4).tolist())
dirichlet = Torch("Dirichlet", D.Dirichlet, [([1.0, 1.0, 1.0],), ([0.4, 7.0, 2.5],), ([90.0, 40.0, 0.2],)], SIMPLEX)
concrete = Torch("Concrete", lambda l: D.RelaxedOneHotCategorical(torch.tensor(0.7), logits=l), [(l,) for l in ROWS_OF_3], SIMPLEX, parts="")
multivariate_normal = Torch(
    "MultivariateNormal",
    lambda mean, l: D.MultivariateNormal(mean, scale_tril=l.reshape(3, 3)),
    list(zip(ROWS_OF_3, TRIANGLES)),
    ROWS_OF_3,
)
low_rank_normal = Torch(
    "LowRankNormal",
    lambda mean, w, log_d: D.LowRankMultivariateNormal(mean, w.reshape(3, 2), log_d.exp()),
    list(zip(ROWS_OF_3, FACTORS, ROWS_OF_3[1:])),
    ROWS_OF_3,
)
row_normal = Torch("Normal", lambda mean, log_var: D.MultivariateNormal(mean, log_var.exp().diag_embed()), [], [])
rows_of_normal = list(zip(ROWS_OF_3, ROWS_OF_3[1:]))
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
    """In 3 dimensions, where the functions are elementary. Of unit vectors, as the crate has it: the product of x and loc
    is 1 - |x - loc|²/2, which tells the derivative in loc."""
    unit = lambda x: [e / math.hypot(*x) for e in x]
    resultant = lambda k: 1 / mp.tanh(k) - 1 / k
    constant = lambda k: mp.log(k / (4 * mp.pi * mp.sinh(k)))
    concentrations = [0.01, 0.5, 4.0, 60.0, 3000.0]
    for i, kappa in enumerate(concentrations):
        k, loc, other = exact(kappa), unit(ROWS_OF_3[i % 3]), unit(ROWS_OF_3[(i + 1) % 3])
        a = resultant(k)
        write("VonMisesFisher", "mean", [loc, kappa], [a * m for m in loc])
        write("VonMisesFisher", "variance", [loc, kappa], [a / k + (1 - 3 * a / k - a * a) * exact(m) ** 2 for m in loc])
        write("VonMisesFisher", "entropy", [loc, kappa], [-constant(k) - k * a])
        write("VonMisesFisher|SphericalUniform", "kl", [loc, kappa], [constant(k) + k * a + mp.log(4 * mp.pi)])
        difference = [exact(x) - exact(m) for x, m in zip(other, loc)]
        product = 1 - mp.fsum(d * d for d in difference) / 2
        partials = [*(k * d for d in difference), product - a]
        write("VonMisesFisher", "log_prob", [other, loc, kappa], [constant(k) + k * product, *partials])
        for kappa2 in (0.3, 70.0):
            k2 = exact(kappa2)
            kl = k * a + constant(k) - constant(k2) - k2 * a * product
            write("VonMisesFisher|VonMisesFisher", "kl", [loc, kappa, other, kappa2], [kl])
    write("SphericalUniform", "log_prob", [unit(ROWS_OF_3[0])], [-mp.log(4 * mp.pi)])


laws = [x for x in list(globals().values()) if isinstance(x, (Torch, Exact))]


def write_divergences():
    both = lambda p, q=None: list(zip(p, q or p[1:] + p[:1]))
    for law in [normal, laplace, cauchy, half_normal, log_normal, gumbel, exponential, gamma, beta, bernoulli, geometric, poisson]:
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

    exact_laws = [
        weibull_ := Exact("Weibull", weibull_density, weibull.grid, [], half_line),
        kumaraswamy_ := Exact("Kumaraswamy", kumaraswamy_density, kumaraswamy.grid[:4], [], unit),
    ]
    for law in [*exact_laws, continuous_bernoulli]:
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
    gaussians = [(multivariate_normal, multivariate_normal.grid), (low_rank_normal, low_rank_normal.grid), (row_normal, rows_of_normal)]
    for p, of_p in gaussians:
        torch_kl(p, Torch("StandardNormal", lambda: D.MultivariateNormal(torch.zeros(3), torch.eye(3)), [], []), [(a, ()) for a in of_p])
        for q, of_q in gaussians:
            torch_kl(p, q, both(of_p, of_q[::-1]))
    t = truncated_normal.grid
    exact_kl(truncated_normal, truncated_normal, [(t[0], (0.4, 0.7, -1.5, 1.0)), (t[2], (1.0, 2.0, 8.0, 10.0)), (t[1], t[1])])


for law in laws:
    law.write()
write_divergences()
write_von_mises_fisher()
header = f"# Made by generate.py: torch {torch.__version__.split('+')[0]}, scipy {scipy.__version__}, mpmath {mpmath.__version__}"
Path(__file__).with_name("golden.csv").write_text("\n".join([header, *rows, ""]))
