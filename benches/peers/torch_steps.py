"""The cases of `train_step.py` in PyTorch, eager and compiled.

The parameters are updated by the fused Adam, the fastest one on the CPU.
"""

import torch
import torch.nn.functional as F
from torch import nn

VERSION = torch.__version__.split("+")[0]
BATCH, PIXELS, LATENT = 128, 784, 20


def mlp():
    """784-400-(20, 20) and 20-400-784."""
    encoder = nn.Sequential(nn.Linear(PIXELS, 400), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(LATENT, 400), nn.ReLU(), nn.Linear(400, PIXELS))
    return VAE(encoder, 400, decoder)


def conv():
    """Two convolutions, a layer of 256 units, and the mirror image of all that."""
    encoder = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 32, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(3136, 256),
        nn.ReLU(),
    )
    decoder = nn.Sequential(
        nn.Linear(LATENT, 256),
        nn.ReLU(),
        nn.Linear(256, 3136),
        nn.ReLU(),
        nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
        nn.Flatten(),
    )
    return VAE(encoder, 256, decoder)


class VAE(nn.Module):
    def __init__(self, encoder, hidden, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mean = nn.Linear(hidden, LATENT)
        self.logvar = nn.Linear(hidden, LATENT)

    def forward(self, x):
        """-ELBO by one sample of z, averaged over the batch."""
        h = self.encoder(x)
        mean, logvar = self.mean(h), self.logvar(h)
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        recon = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean**2 + logvar.exp() - 1.0 - logvar).sum()
        return (recon + kl) / len(x)


def pixels():
    """A batch of the size of MNIST's, half of its pixels on."""
    return (torch.arange(BATCH * PIXELS) % 2).float().reshape(BATCH, PIXELS)


def training(model, compiled):
    """Forward, backward and Adam."""
    x = pixels()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    loss = torch.compile(model) if compiled else model

    def step():
        optimizer.zero_grad()
        loss(x).backward()
        optimizer.step()

    return step


def bernoulli(compiled):
    """log p(x) from logits, summed over the pixels, and its gradient."""
    x, logits = pixels(), torch.randn(BATCH, PIXELS, requires_grad=True)

    def log_prob(logits):
        return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)

    function = torch.compile(log_prob) if compiled else log_prob
    ones = torch.ones(BATCH)
    return lambda: torch.autograd.grad(function(logits), logits, ones)


def exp(compiled):
    x = torch.randn(100_000)
    function = torch.compile(torch.exp) if compiled else torch.exp
    return lambda: function(x)


def normal():
    return lambda: torch.randn(1_000_000)


def sample_and_kl(shape, compiled):
    """z = mean + sigma * eps and KL(q || N(0, I)), and their gradients, where each element of z gets 1."""
    size = shape[0] * shape[1]
    wave = torch.sin(torch.arange(size, dtype=torch.float32)).reshape(shape)
    mean, logvar = wave.clone().requires_grad_(), (0.5 * wave).requires_grad_()

    def loss(mean, logvar):
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        kl = 0.5 * (mean**2 + logvar.exp() - 1.0 - logvar).sum(1)
        return kl.mean() + z.sum()

    function = torch.compile(loss) if compiled else loss
    return lambda: torch.autograd.grad(function(mean, logvar), (mean, logvar))


def shape_of(id):
    """(batch, latent) of `sample_kl_BxZ`."""
    return tuple(int(size) for size in id.removeprefix("sample_kl_").split("x"))


def variants(id, program, threads):
    """(name, step) for each way of doing the work of `id`."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    compiled = program == "torch-compile"
    mode = "compiled" if compiled else "eager"
    if id.startswith("mlp"):
        yield mode, training(mlp(), compiled)
    elif id.startswith("conv"):
        yield mode, training(conv(), compiled)
        yield f"{mode}, channels last", training(conv().to(memory_format=torch.channels_last), compiled)
    elif id.startswith("bernoulli"):
        yield mode, bernoulli(compiled)
    elif id.startswith("exp"):
        yield mode, exp(compiled)
    elif id.startswith("normal"):
        yield mode, normal()
    else:
        yield mode, sample_and_kl(shape_of(id), compiled)
