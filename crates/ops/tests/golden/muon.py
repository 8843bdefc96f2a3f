"""A trajectory of Muon on a small smooth problem, in double precision: by singular value decompositions, without iterations
of matrices.

Made with NumPy 2.4.6: python muon.py > muon.csv

f(θ) = Σᵢ cᵢ (θᵢ²/2 − tᵢ θᵢ) + θᵢ⁴/4 over eight parameters, the first six a matrix of two rows and the last two a vector,
with cᵢ = 1 + i/2, tᵢ = (3 − i)/2, from θᵢ = (−1)ⁱ (1 + i/4). The step size is 0.05, the decay 0.1. A line holds θ after a step.
"""

import numpy as np

ALPHA, DECAY, MOMENTUM = 0.05, 0.1, 0.95
BETAS, EPSILON = (0.9, 0.999), 1e-8

INDEX = np.arange(8.0)
CURVATURE = 1 + INDEX / 2
TARGET = (3 - INDEX) / 2


def orthogonalized(matrix):
    u, sigma, vt = np.linalg.svd(matrix, full_matrices=False)
    sigma = sigma / np.sqrt((sigma**2).sum())
    for _ in range(5):
        sigma = 3.4445 * sigma - 4.7750 * sigma**3 + 2.0315 * sigma**5
    return u @ np.diag(sigma) @ vt


theta = (1 + INDEX / 4) * np.array([1, -1] * 4)
momentum, m, v = np.zeros((2, 3)), np.zeros(2), np.zeros(2)
print("step", *(f"theta_{i}" for i in range(8)), sep=",")
for step in range(1, 21):
    gradient = CURVATURE * (theta - TARGET) + theta**3
    of_matrix, of_vector = gradient[:6].reshape(2, 3), gradient[6:]
    momentum = MOMENTUM * momentum + (1 - MOMENTUM) * of_matrix
    direction = orthogonalized(MOMENTUM * momentum + (1 - MOMENTUM) * of_matrix)
    theta[:6] = (1 - ALPHA * DECAY) * theta[:6] - ALPHA * 0.2 * np.sqrt(3) * direction.ravel()
    m = BETAS[0] * m + (1 - BETAS[0]) * of_vector
    v = BETAS[1] * v + (1 - BETAS[1]) * of_vector**2
    unbiased = [a / (1 - beta**step) for a, beta in zip((m, v), BETAS)]
    theta[6:] -= ALPHA * unbiased[0] / (np.sqrt(unbiased[1]) + EPSILON)
    print(step, *(repr(float(x)) for x in theta), sep=",")
