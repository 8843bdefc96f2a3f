"""Trajectories of PyTorch's optimizers on a small smooth problem, in double precision.

Made with PyTorch 2.9.1: python optimizers.py > optimizers.csv

f(θ) = Σᵢ cᵢ (θᵢ²/2 − tᵢ θᵢ) + θᵢ⁴/4 over five parameters, the first three in one tensor and the last two in another,
with cᵢ = 1 + i/2, tᵢ = (3 − i)/2, from θᵢ = (−1)ⁱ (1 + i/4). A line holds θ after a step.
"""

import torch

OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9),
    "rmsprop_centered": lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9, centered=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
    "adamax": lambda p: torch.optim.Adamax(p, lr=0.05),
}

INDEX = torch.arange(5, dtype=torch.float64)
CURVATURE = 1 + INDEX / 2
TARGET = (3 - INDEX) / 2

print("optimizer,step,theta_0,theta_1,theta_2,theta_3,theta_4")
for name, build in OPTIMIZERS.items():
    start = (1 + INDEX / 4) * torch.tensor([1, -1, 1, -1, 1])
    parameters = [start[:3].clone().requires_grad_(), start[3:].clone().requires_grad_()]
    optimizer = build(parameters)
    for step in range(1, 21):
        theta = torch.cat(parameters)
        optimizer.zero_grad()
        (CURVATURE * (theta**2 / 2 - TARGET * theta) + theta**4 / 4).sum().backward()
        optimizer.step()
        print(name, step, *(repr(x) for x in torch.cat(parameters).tolist()), sep=",")
