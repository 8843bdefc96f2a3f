"""PyTorch reference for the MNIST VAE: the same recipe, to be put in one table with ours.

Trains the standard MLP VAE (Kingma & Welling, 2014) on dynamically binarized MNIST on
the CPU, then reports on the whole test set the ELBO and its two terms, the importance-
sampled NLL (Burda et al., 2016), the active units and the training speed, as JSON.

From the repository root:

    pip install -r benches/peers/requirements.txt
    python benches/peers/mnist_vae.py --seed 0 --json seed0.json
"""

import argparse
import gzip
import json
import math
import statistics
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MNIST = Path(__file__).resolve().parents[2] / "crates/data/assets/mnist"
EVAL_SEED = 1234  # binarizes valid and test: the same pixels whatever --seed is


class VAE(nn.Module):
    def __init__(self, pixels=784, hidden=400, latent=20):
        super().__init__()
        self.hidden = nn.Linear(pixels, hidden)
        self.mean = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels))

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mean(h), self.logvar(h)

    def forward(self, x):
        """-E_q[log p(x|z)] by one sample of z, and KL(q(z|x) || p(z)), both summed over the batch."""
        mean, logvar = self.encode(x)
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        recon = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean**2 + logvar.exp() - 1.0 - logvar).sum()
        return recon, kl


def read_images(path):
    raw = gzip.decompress(path.read_bytes())
    magic, count, rows, cols = np.frombuffer(raw, ">i4", count=4)
    assert magic == 0x803, f"{path}: not an IDX file of images"
    return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=16).reshape(count, rows * cols).copy())


def binarize(images, generator=None):
    return torch.bernoulli(images.float() / 255, generator=generator)


def train_epoch(model, optimizer, images, batch_size):
    total = 0.0
    for index in torch.randperm(len(images)).split(batch_size):
        x = binarize(images[index])
        recon, kl = model(x)
        loss = (recon + kl) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(images)


@torch.no_grad()
def per_example(model, x):
    """Reconstruction and KL of every example (nats), and the posterior means."""
    mean, logvar = model.encode(x)
    z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
    recon = F.binary_cross_entropy_with_logits(model.decoder(z), x, reduction="none").sum(1)
    kl = 0.5 * (mean**2 + logvar.exp() - 1.0 - logvar).sum(1)
    return recon.double(), kl.double(), mean


@torch.no_grad()
def importance_nll(model, x, samples, chunk=100):
    """-log 1/K sum_k p(x, z_k) / q(z_k|x) of every example, z_k ~ q(z|x)."""
    nll = []
    for xs in x.split(chunk):
        mean, logvar = model.encode(xs)
        eps = torch.randn(samples, *mean.shape)
        z = mean + torch.exp(0.5 * logvar) * eps
        target = xs.expand(samples, -1, -1)
        log_lik = -F.binary_cross_entropy_with_logits(model.decoder(z), target, reduction="none").sum(2)
        log_ratio = 0.5 * (eps**2 + logvar - z**2).sum(2)  # log p(z) - log q(z|x)
        log_w = log_lik.double() + log_ratio.double()
        nll.append(math.log(samples) - torch.logsumexp(log_w, 0))
    return torch.cat(nll)


def mean_and_se(values):
    return {"mean": values.mean().item(), "se": (values.std() / math.sqrt(len(values))).item()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data-dir", type=Path, default=MNIST)
    parser.add_argument("--nll-samples", type=int, default=100)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the summary here")
    args = parser.parse_args()
    if args.json:  # better now than after the training
        args.json.parent.mkdir(parents=True, exist_ok=True)

    torch.set_num_threads(2)
    images = read_images(args.data_dir / "train-images-idx3-ubyte.gz")
    fixed = torch.Generator().manual_seed(EVAL_SEED)
    train, valid = images[:50_000], binarize(images[50_000:], fixed)
    test = binarize(read_images(args.data_dir / "t10k-images-idx3-ubyte.gz"), fixed)

    torch.manual_seed(args.seed)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    seconds = []
    for epoch in range(1, args.epochs + 1):
        start = time.perf_counter()
        loss = train_epoch(model, optimizer, train, args.batch_size)
        seconds.append(time.perf_counter() - start)
        recon, kl, _ = per_example(model, valid)
        elbo = -(recon + kl).mean().item()
        print(f"epoch {epoch:3d}  train loss {loss:8.3f}  valid ELBO {elbo:9.3f}  {seconds[-1]:.2f} s", flush=True)

    recon, kl, means = per_example(model, test)
    nll = importance_nll(model, test, args.nll_samples)
    summary = {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "seed": args.seed,
        "epochs": args.epochs,
        "batch_size": args.batch_size,
        "test_elbo": mean_and_se(-(recon + kl)),
        "test_reconstruction": mean_and_se(recon),  # -log p(x|z)
        "test_kl": mean_and_se(kl),
        "test_nll": {**mean_and_se(nll), "samples": args.nll_samples},
        "active_units": int((means.var(0) > 0.01).sum()),
        "train_seconds": sum(seconds),  # training only: no validation, no loading
        "median_epoch_seconds": statistics.median(seconds),
        "images_per_second": args.epochs * len(train) / sum(seconds),
    }
    text = json.dumps(summary, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
