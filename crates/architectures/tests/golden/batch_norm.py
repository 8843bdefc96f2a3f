"""Writes batch_norm.txt: BatchNorm1d and BatchNorm2d with their defaults, computed by PyTorch 2.9.1 in double precision.

    python batch_norm.py > batch_norm.txt

Each line is a name and numbers. `spread(stream, n)` is that of batch_norm.rs: the inputs are streams 1, 2 and 3 in training,
whose gradients are those of the sum of the result times stream 9, then 4 in evaluation; scale is 1 + stream 5 / 2, shift is
stream 6.
"""

import torch


def spread(stream, *shape):
    n = torch.Size(shape).numel()
    x = torch.arange(1, n + 1, dtype=torch.float64) * 0.754877666246693 + stream * 0.569840290998053
    return (2 * x.frac() - 1).reshape(shape)


def line(name, values):
    print(name, *(f"{v:.9g}" for v in values.detach().flatten().tolist()))


def case(name, layer, shape):
    layer = layer.double()
    with torch.no_grad():
        layer.weight.copy_(1 + spread(5, *layer.weight.shape) / 2)
        layer.bias.copy_(spread(6, *layer.bias.shape))
    for stream in 1, 2, 3:
        x = spread(stream, *shape).requires_grad_()
        layer.zero_grad()
        y = layer(x)
        (y * spread(9, *shape)).sum().backward()
        line(f"{name}.y{stream}", y)
        line(f"{name}.x_grad{stream}", x.grad)
        line(f"{name}.scale_grad{stream}", layer.weight.grad)
        line(f"{name}.shift_grad{stream}", layer.bias.grad)
    line(f"{name}.running_mean", layer.running_mean)
    line(f"{name}.running_var", layer.running_var)
    line(f"{name}.evaluation", layer.eval()(spread(4, *shape)))


print(f"# PyTorch {torch.__version__}, float64")
case("rows", torch.nn.BatchNorm1d(5), (6, 5))
case("images", torch.nn.BatchNorm2d(3), (4, 3, 2, 3))
