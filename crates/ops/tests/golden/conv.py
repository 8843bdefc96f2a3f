"""Writes conv.txt: values and gradients of image operations, computed by PyTorch in double precision.

    python conv.py > conv.txt

Each line is a name and numbers. Inputs are `spread(stream, n)`, as in tests/images/support.rs; the gradients are those of the
sum of the result times `spread(9, n)`.
"""

import torch
import torch.nn.functional as F


def spread(stream, *shape):
    n = torch.Size(shape).numel()
    x = torch.arange(1, n + 1, dtype=torch.float64) * 0.754877666246693 + stream * 0.569840290998053
    return (2 * x.frac() - 1).reshape(shape).requires_grad_()


def case(name, f, *arguments):
    y = f(*arguments)
    (y * spread(9, *y.shape).detach()).sum().backward()
    for part, x in [("y", y), *((f"grad{i}", x.grad) for i, x in enumerate(arguments))]:
        print(f"{name}.{part}", *(f"{v:.9g}" for v in x.detach().flatten().tolist()))


print(f"# PyTorch {torch.__version__}, float64")
x, small, odd = (1, 2, 6, 5), (1, 4, 3, 2), (1, 2, 3, 4)
case("conv2d", lambda x, w, b: F.relu(F.conv2d(x, w, b, 2, 1)), spread(1, *x), spread(2, 3, 2, 4, 4), spread(3, 3))
case("conv2d_groups", lambda x, w, b: F.conv2d(x, w, b, 1, 1, groups=2), spread(1, *small), spread(2, 2, 2, 3, 3), spread(3, 2))
case("conv_transpose2d", lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1), spread(1, *odd), spread(2, 2, 2, 4, 4), spread(3, 2))
case("conv_transpose2d_output_padding", lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, output_padding=1, groups=2), spread(1, *odd), spread(2, 2, 1, 3, 3), spread(3, 2))
case("max_pool2d", lambda x: F.max_pool2d(x, 3, 2, 1), spread(1, *x))
case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1), spread(1, *x))
case("upsample_nearest", lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), spread(1, *odd))
case("upsample_bilinear", lambda x: F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=False), spread(1, *odd))
case("layer_norm", lambda x, w, b: F.layer_norm(x, (7,), w, b, 1e-5), spread(1, 3, 7), spread(2, 7), spread(3, 7))
case("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b, 1e-5), spread(1, *small), spread(2, 4), spread(3, 4))
mean, variance = torch.zeros(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
case("batch_norm", lambda x, w, b: F.batch_norm(x, mean, variance, w, b, True, 1.0, 1e-5), spread(1, 2, 2, 3, 2), spread(2, 2), spread(3, 2))
print("batch_norm.mean", *mean.tolist())
print("batch_norm.variance", *variance.tolist())
