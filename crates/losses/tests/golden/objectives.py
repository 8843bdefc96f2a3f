"""Every objective and its gradients, from the formulas of its paper, in double precision and by automatic differentiation.

Made with PyTorch 2.9.1: python objectives.py > objectives.csv

The model is a linear VAE: μ = x A, ln σ² = x B, logits = z C, x of 7 examples and 6 pixels, z of 3 dimensions. The noise is
in noise.csv: a line for each of the streams that the test reads, so that both look at the same samples. A line of the output
holds the name of an objective, its loss, and its gradients in A, B and C.
"""

import csv
import math
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)

ROWS, PIXELS, DIMENSIONS, SAMPLES, EXAMPLES = 7, 6, 3, 6, 50


def filled(rows, columns, phase):
    index = torch.arange(rows * columns)
    return (1.5 * torch.sin(0.97 * index + phase)).reshape(rows, columns)


NOISE = {
    name: torch.tensor([float(x) for x in values])
    for name, *values in csv.reader(Path(__file__).with_name("noise.csv").open())
}
ONE = NOISE["one"].reshape(ROWS, DIMENSIONS)
SEVERAL = NOISE["several"].reshape(ROWS, SAMPLES, DIMENSIONS)
PRIOR = NOISE["prior"].reshape(ROWS, DIMENSIONS)
X = (torch.arange(ROWS * PIXELS) * 37 % 11 < 4).double().reshape(ROWS, PIXELS)


def normal(z, mean, log_var):
    """ln N(z; mean, exp log_var) of each element."""
    return -0.5 * ((z - mean) ** 2 / log_var.exp() + log_var + math.log(2 * math.pi))


def bernoulli(x, logits):
    p = torch.sigmoid(logits)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


class Pass:
    """One sample of z for each example."""

    def __init__(self, a, b, c):
        self.mean, self.log_var = X @ a, X @ b
        self.z = self.mean + (0.5 * self.log_var).exp() * ONE
        self.likelihood = bernoulli(X, self.z @ c)
        # Kingma & Welling 2014, appendix B.
        self.kls = -0.5 * (1 + self.log_var - self.mean**2 - self.log_var.exp())
        self.kl = self.kls.sum(-1)


def elbo(p, beta):
    """Higgins et al. 2017, eq. 4."""
    return (beta * p.kl - p.likelihood).mean()


def capacity(p, gamma, nats):
    """Burgess et al. 2018, eq. 8."""
    return gamma * (p.kl.mean() - nats).abs() - p.likelihood.mean()


def free_bits(p, nats, groups):
    """Kingma et al. 2016, eq. 15."""
    floors = [p.kls[:, group].sum(-1).mean().clamp(min=nats) for group in groups]
    return sum(floors) - p.likelihood.mean()


def kl_balancing(p, beta, groups):
    """Vahdat & Kautz 2020, appendix A, with the weights of its program."""
    means = torch.stack([p.kls[:, group].sum(-1).mean() for group in groups])
    weights = ((means + 0.01) / torch.tensor([float(len(group)) for group in groups])).detach()
    weights = weights / weights.mean()
    return beta * (weights * means).sum() - p.likelihood.mean()


def beta_tc(p, alpha, beta, gamma, stratified):
    """Chen et al. 2018, eq. 4, with eq. S5 for q(z), or its unbiased weights."""
    pairs = normal(p.z[:, None], p.mean[None], p.log_var[None])
    if stratified:
        weights = torch.full((ROWS, ROWS), (EXAMPLES - 1) / EXAMPLES / (ROWS - 1))
        weights[range(ROWS), range(ROWS)] = 1 / EXAMPLES
    else:
        weights = torch.full((ROWS, ROWS), 1 / (EXAMPLES * ROWS))
    log_joint = (weights * pairs.sum(-1).exp()).sum(1).log()
    log_marginals = (weights[..., None] * pairs.exp()).sum(1).log().sum(-1)
    log_q = normal(p.z, p.mean, p.log_var).sum(-1)
    log_p = normal(p.z, torch.tensor(0.0), torch.tensor(0.0)).sum(-1)
    parts = [log_q - log_joint, log_joint - log_marginals, log_marginals - log_p]
    return (alpha * parts[0] + beta * parts[1] + gamma * parts[2] - p.likelihood).mean()


def dip_vae(p, off_diagonal, diagonal, of_samples):
    """Kumar et al. 2018, eq. 6 and 7."""
    covariance = torch.cov(p.mean.T, correction=0)
    if of_samples:
        covariance = covariance + torch.diag(p.log_var.exp().mean(0))
    apart = covariance - torch.diag(torch.diagonal(covariance))
    penalty = off_diagonal * (apart**2).sum()
    penalty += diagonal * ((torch.diagonal(covariance) - 1) ** 2).sum()
    return elbo(p, 1.0) + penalty


def info_vae(p, alpha, weight, kernel):
    """Zhao et al. 2019, eq. 6, with the unbiased estimate of Gretton et al. 2012, eq. 3."""

    def k(a, b):
        return kernel(((a[:, None] - b[None]) ** 2).sum(-1))

    def apart(a):
        return (k(a, a).sum() - ROWS * kernel(torch.tensor(0.0))) / (ROWS * (ROWS - 1))

    mmd = apart(p.z) + apart(PRIOR) - 2 * k(p.z, PRIOR).mean()
    return ((1 - alpha) * p.kl - p.likelihood).mean() + (alpha + weight - 1) * mmd


def rbf(square, scale=0.7):
    return (-square / (2 * scale * DIMENSIONS)).exp()


def multiquadric(square, scale=1.3):
    return 2 * scale * DIMENSIONS / (2 * scale * DIMENSIONS + square)


def geco(p, target, multiplier):
    """Rezende & Viola 2018, eq. 3."""
    return (p.kl + multiplier * (-p.likelihood - target)).mean()


def log_weights(a, b, c):
    mean, log_var = (X @ a)[:, None], (X @ b)[:, None]
    z = mean + (0.5 * log_var).exp() * SEVERAL
    log_p = normal(z, torch.tensor(0.0), torch.tensor(0.0)).sum(-1)
    return log_p + bernoulli(X[:, None], z @ c) - normal(z, mean, log_var).sum(-1)


def iwae(w):
    """Burda et al. 2016, eq. 8."""
    return w.exp().mean(1).log()


def miwae(w, groups):
    """Rainforth et al. 2018, eq. 9."""
    return w.reshape(ROWS, groups, -1).exp().mean(2).log().mean(1)


def renyi(w, alpha):
    """Li & Turner 2016, eq. 11."""
    return ((1 - alpha) * w).exp().mean(1).log() / (1 - alpha)


EACH, GROUPS, WHOLE = [[0], [1], [2]], [[0], [1, 2]], [[0, 1, 2]]
OF_ONE = {
    "elbo": lambda p: elbo(p, 4.0),
    "capacity": lambda p: capacity(p, 3.0, 1.5),
    "free_bits_each": lambda p: free_bits(p, 1.4, EACH),
    "free_bits_groups": lambda p: free_bits(p, 2.0, GROUPS),
    "free_bits_whole": lambda p: free_bits(p, 5.0, WHOLE),
    "kl_balancing": lambda p: kl_balancing(p, 0.6, GROUPS),
    "beta_tc_minibatch": lambda p: beta_tc(p, 0.3, 6.0, 1.7, False),
    "beta_tc_stratified": lambda p: beta_tc(p, 0.3, 6.0, 1.7, True),
    "dip_vae_1": lambda p: dip_vae(p, 5.0, 3.0, False),
    "dip_vae_2": lambda p: dip_vae(p, 5.0, 3.0, True),
    "info_vae": lambda p: info_vae(p, 0.4, 20.0, rbf),
    "wae": lambda p: info_vae(p, 1.0, 10.0, multiquadric),
    "geco": lambda p: geco(p, 3.0, 2.5),
}
OF_SEVERAL = {
    "iwae": iwae,
    "miwae": lambda w: miwae(w, 2),
    "ciwae": lambda w: 0.3 * w.mean(1) + 0.7 * iwae(w),
    "renyi": lambda w: renyi(w, 0.4),
    "vr_max": lambda w: w.max(1).values,
}


def show(name, loss, parameters):
    gradients = torch.autograd.grad(loss, parameters)
    values = [loss.detach(), *torch.cat([g.ravel() for g in gradients])]
    print(name, *(repr(float(x)) for x in values), sep=",")


def parameters():
    shapes = [(PIXELS, DIMENSIONS), (PIXELS, DIMENSIONS), (DIMENSIONS, PIXELS)]
    return [filled(*shape, i).requires_grad_() for i, shape in enumerate(shapes)]


for name, objective in OF_ONE.items():
    abc = parameters()
    show(name, objective(Pass(*abc)), abc)
for name, bound in OF_SEVERAL.items():
    abc = parameters()
    show(name, -bound(log_weights(*abc)).mean(), abc)

# Of the model the gradient of one bound, of the encoder that of the other (Rainforth et al. 2018, section 4).
abc = parameters()
bounds = [-iwae(log_weights(*abc)).mean(), -miwae(log_weights(*abc), 2).mean()]
of_model = torch.autograd.grad(bounds[0], abc[2], retain_graph=True)
of_encoder = torch.autograd.grad(bounds[1], abc[:2])
values = [bounds[0].detach(), *torch.cat([g.ravel() for g in (*of_encoder, *of_model)])]
print("piwae", *(repr(float(x)) for x in values), sep=",")
