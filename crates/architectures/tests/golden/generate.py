"""Writes blocks.txt: values and gradients of layers, computed by PyTorch in double precision.

    python generate.py > blocks.txt

Made with PyTorch 2.9.1 and NumPy 2.4.6. A line is `layer.part`, how many numbers the part has, its Euclidean norm, and the
numbers; where there are more than 64, their sums weighted with spread(10), … spread(13). Parts are the result y, and the
gradients of the sum of y weighted with spread(0), by the input x and by the parameters 0, 1, … in order.

The input is spread(1), parameter k is spread(k + 2) times √(3 · first size / all sizes) for weights, and ½ for vectors, rounded
to single precision: as in ../blocks/golden.rs.
"""

import numpy
import torch
from torch import nn


def spread(stream, n):
    """vae_testkit::spread."""
    with numpy.errstate(over="ignore"):
        x = numpy.arange(1, n + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        x += numpy.uint64(stream) * numpy.uint64(0xD1B54A32D192ED03)
        x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return ((x ^ (x >> numpy.uint64(31))) >> numpy.uint64(40)).astype(numpy.float64) / 2**23 - 1


def tensor(stream, shape, scale=1.0):
    values = (spread(stream, torch.Size(shape).numel()) * scale).astype(numpy.float32)
    return torch.from_numpy(values.astype(numpy.float64)).reshape(shape)


class Gated(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear, self.gate = nn.Linear(inputs, outputs), nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.linear(x) * torch.sigmoid(self.gate(x))


class Residual(nn.Module):
    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


class Kink(nn.Module):
    """A ReLU no argument of which is so near 0 that rounding could change its slope."""

    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        assert x.abs().min() > 2e-6, x.abs().min()
        return self.f(x)


def part(name, values):
    values = values.detach().flatten().numpy()
    numbers = values if len(values) <= 64 else [values @ spread(10 + j, len(values)) for j in range(4)]
    print(name, len(values), *(f"{v:.9g}" for v in [numpy.linalg.norm(values), *numbers]))


def case(name, shape, *layers, x=None):
    model = nn.Sequential(*layers).double()
    for k, p in enumerate(model.parameters()):
        p.data = tensor(k + 2, p.shape, (3 * p.shape[0] / p.numel()) ** 0.5 if p.dim() > 1 else 0.5)
    x = tensor(1, shape).requires_grad_() if x is None else x
    y = model(x)
    (y.flatten() * torch.from_numpy(spread(0, y.numel()))).sum().backward()
    part(f"{name}.y", y)
    if x.grad is not None:
        part(f"{name}.x", x.grad)
    for k, p in enumerate(model.parameters()):
        part(f"{name}.{k}", p.grad)


def relu():
    return Kink(nn.ReLU())


def leaky():
    return Kink(nn.LeakyReLU())


def residual_linear(h):
    return Residual(nn.LayerNorm(h), nn.Linear(h, h), nn.SiLU(), nn.Linear(h, h))


def half(*channels):
    return [layer for c, o in zip(channels, channels[1:]) for layer in (nn.Conv2d(c, o, 4, 2, 1), leaky())]


def double(*channels):
    layers = [layer for c, o in zip(channels, channels[1:]) for layer in (nn.ConvTranspose2d(c, o, 4, 2, 1), relu())]
    return layers[:-1]


print(f"# PyTorch {torch.__version__}, NumPy {numpy.__version__}, float64")
case("linear", (4, 7), nn.Linear(7, 5), nn.Tanh())
case("mlp", (4, 6), nn.Linear(6, 5), relu(), nn.Linear(5, 4), relu())
case("gated_mlp", (4, 6), Gated(6, 5), Gated(5, 4))
case("residual_mlp", (4, 6), nn.Linear(6, 5), residual_linear(5), residual_linear(5))
case("layer_norm", (4, 7), nn.LayerNorm(7))
case("group_norm", (2, 4, 3, 2), nn.GroupNorm(2, 4))
case("conv2d", (2, 2, 6, 5), nn.Conv2d(2, 3, 4, 2, 1), leaky())
case("conv_transpose2d", (2, 3, 3, 2), nn.ConvTranspose2d(3, 2, 4, 2, 1), nn.Tanh())
norm = [nn.GroupNorm(2, 4), nn.SiLU(), nn.Conv2d(4, 4, 3, 1, 1), nn.GroupNorm(2, 4), nn.SiLU(), nn.Conv2d(4, 4, 3, 1, 1)]
case("residual_conv", (2, 4, 5, 3), Residual(*norm))
case("down", (2, 3, 7, 4), nn.Conv2d(3, 2, 3, 2, 1))
case("up", (2, 3, 3, 2), nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(3, 2, 3, 1, 1))
case("max_pool2d", (2, 2, 6, 4), nn.MaxPool2d(3, 2, 1))
case("avg_pool2d", (2, 2, 6, 4), nn.AvgPool2d(2, 2))
case("upsample_bilinear", (2, 2, 3, 4), nn.Upsample(scale_factor=2, mode="bilinear"))
case("embedding", None, nn.Embedding(4, 3), x=torch.tensor([2, 0, 2]))
case("conv_stack28", (2, 1, 28, 28), *half(1, 32, 64))
case("conv_stack32", (2, 3, 32, 32), *half(3, 32, 64, 128))
case("conv_stack64", (1, 3, 64, 64), *half(3, 32, 64, 128, 256))
case("deconv_stack28", (2, 3136), nn.Unflatten(1, (64, 7, 7)), *double(64, 32, 1))
case("deconv_stack32", (2, 2048), nn.Unflatten(1, (128, 4, 4)), *double(128, 64, 32, 3))
case("deconv_stack64", (1, 4096), nn.Unflatten(1, (256, 4, 4)), *double(256, 128, 64, 32, 3))
