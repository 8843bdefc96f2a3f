"""Times one training step of a VAE, and some of its parts, in PyTorch or in JAX.

The work is that of the criterion benchmarks `train_step`, `ops` and `reparam`, in float32 on the CPU: forward,
backward and Adam on a fixed batch of 128, noise drawn in the step, parameters updated every time; the
Bernoulli log-likelihood forward and backward; exp; a million normal numbers, which NumPy draws as well; a
sample of z and its KL divergence, forward and backward. Prints one JSON object per case and variant: the
median and the quartiles, in milliseconds, of steps timed one by one after a warm-up.

One process runs one framework, so that no thread pool disturbs another's:

    pip install -r benches/peers/requirements.txt
    python benches/peers/train_step.py torch
    python benches/peers/train_step.py torch-compile
    python benches/peers/train_step.py jax

`side_by_side.py` runs all of them and ours in turns.

Threads: PyTorch has `set_num_threads`. JAX has no such switch; XLA makes one thread per CPU that the process
may use, so the process is bound to the first N CPUs before JAX is imported, as `taskset` would do, and
`NPROC`, which XLA reads too, says the same. For one thread `--xla_cpu_multi_thread_eigen=false` also keeps
matrix products off the pool.

Memory: glibc gives the top of the heap back to the system whenever a few megabytes of it are free, which
PyTorch's tensors take and free in every step; the page faults can cost a third of the time. `keep_memory` stops that.
"""

import argparse
import ctypes
import importlib
import json
import os
import statistics
import sys
import time

PROGRAMS = {  # name of the framework, module with its cases
    "torch": ("PyTorch", "torch_steps"),
    "torch-compile": ("PyTorch", "torch_steps"),
    "jax": ("JAX", "jax_steps"),
    "numpy": ("NumPy", "numpy_steps"),
}
WARM_UP = 30
STEPS = {  # timed steps
    "mlp_784_400_20_b128": 1000,
    "conv_32_64_256_20_b128": 100,
    "bernoulli_128x784": 2000,
    "exp_1e5": 2000,
    "normal_1e6": 300,
    "sample_kl_128x20": 2000,
    "sample_kl_4096x128": 300,
    "sample_kl_16384x256": 50,
}


def limit_threads(program, threads):
    """Has to happen before the framework is imported."""
    cpus = sorted(os.sched_getaffinity(0))
    if not 1 <= threads <= len(cpus):
        sys.exit(f"--threads {threads}: this process may use {len(cpus)} CPUs")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # compile here, not in processes that run beside the steps
    if program == "jax":
        os.sched_setaffinity(0, cpus[:threads])
        os.environ["NPROC"] = str(threads)
        os.environ["JAX_PLATFORMS"] = "cpu"
        if threads == 1:
            flags = os.environ.get("XLA_FLAGS", "")
            os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()


def keep_memory():
    """Tells glibc to keep what is freed, like MALLOC_TRIM_THRESHOLD_ and MALLOC_MMAP_THRESHOLD_."""
    trim_threshold, mmap_threshold = -1, -3  # M_… of <malloc.h>
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(trim_threshold, 1 << 30)
        mallopt(mmap_threshold, 1 << 25)  # the largest that every glibc takes


def load(program):
    """The module with the cases, which imports the framework."""
    try:
        return importlib.import_module(PROGRAMS[program][1])
    except ModuleNotFoundError as error:
        sys.exit(f"{program}: no module {error.name!r}; pip install -r benches/peers/requirements.txt")


def milliseconds(step, count):
    """The time of each of `count` calls of `step`, which returns when its work is done."""
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        step()
        times.append((time.perf_counter_ns() - start) / 1e6)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--only", choices=STEPS, metavar="ID", help="this case alone: " + ", ".join(STEPS))
    args = parser.parse_args()

    limit_threads(args.program, args.threads)
    keep_memory()
    module = load(args.program)
    for id in [args.only] if args.only else STEPS:
        for variant, step in module.variants(id, args.program, args.threads):
            milliseconds(step, WARM_UP)
            quartiles = statistics.quantiles(milliseconds(step, STEPS[id]), n=4)
            record = {
                "framework": PROGRAMS[args.program][0],
                "version": module.VERSION,
                "variant": variant,
                "id": id,
                "threads": args.threads,
                "median_ms": quartiles[1],
                "quartiles_ms": [quartiles[0], quartiles[2]],
            }
            print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()
