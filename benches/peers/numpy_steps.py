"""The one case of `train_step.py` that NumPy has: normal numbers."""

import numpy as np

VERSION = np.__version__


def variants(id, _program, _threads):
    """(name, step) for each way of doing the work of `id`."""
    if id == "normal_1e6":
        generator = np.random.default_rng(0)
        yield "", lambda: generator.standard_normal(1_000_000, dtype=np.float32)
