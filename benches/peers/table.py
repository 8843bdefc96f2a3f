"""Puts runs of `mnist_vae` and of its PyTorch peer into one Markdown table.

    python benches/peers/table.py runs/mnist_vae/*/summary.json runs/peers/*.json

Each figure is the mean over the runs given, ± the standard deviation between them (different seeds).
"""

import json
import statistics
import sys


def figures(path):
    """(name of the program, figures) of one run."""
    with open(path) as file:
        run = json.load(file)
    if "torch" in run:
        named = {name: run[f"test_{name}"]["mean"] for name in ("elbo", "reconstruction", "kl", "nll")}
        units, seconds = run["active_units"], run["train_seconds"]
        return f"PyTorch {run['torch'].split('+')[0]}", {**named, "active_units": units, "seconds": seconds}
    named = {figure["name"]: figure["value"] for figure in run["figures"]}
    return f"vae {run['version']}", {**named, "seconds": run["training_seconds"]}


def cell(values, digits):
    """Mean ± standard deviation."""
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{spread}".replace("-", "−")


def main():
    programs = {}
    for path in sys.argv[1:]:
        name, run = figures(path)
        programs.setdefault(name, []).append(run)
    print("| | runs | test ELBO | reconstruction | KL | NLL, 100 samples | active units | training, s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, runs in programs.items():
        def column(key, digits):
            return cell([run[key] for run in runs], digits)
        cells = [column(key, 2) for key in ("elbo", "reconstruction", "kl", "nll")]
        cells += [column("active_units", 1), column("seconds", 0)]
        print(f"| {name} | {len(runs)} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
