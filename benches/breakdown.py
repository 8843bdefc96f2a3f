"""Says where a training step spends its time, and puts the table into docs/src/benchmarks.md.

From the repository root, on an idle machine, with Linux's `perf` installed:

    python benches/breakdown.py

Samples the running benchmark and sorts the samples by the function they fall in. Each figure is a share of the
processor time of all threads; waiting is the rest up to the time that the threads had.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/src/benchmarks.md"
BEGIN, END = "<!-- breakdown: begin -->", "<!-- breakdown: end -->"
IDS = ["train_step/mlp_784_400_20_b128", "train_step/conv_32_64_256_20_b128"]
SECONDS = 8
KINDS = [  # the first pattern that a symbol matches; functions of `gemm` that pack a matrix carry no other name
    ("matrix products: kernels", r"gemm_f32::|gemm_f64::"),
    ("matrix products: packing", r"gemm_common::|gemm::"),
    ("images laid out for products", r"vae_ops::conv::"),
    ("optimizer", r"vae_ops::optimizer|vae_ops::gradients"),
    ("element-wise, sums", r"vae_ops::"),
    ("noise", r"vae_reparam::"),
    ("data", r"as vae_losses::examples|Examples|train_step::"),
    ("clearing and copying memory, allocator", r"memset|memcpy|memmove|mi_|_mi_|malloc|free"),
    ("operating system", r"\[k\]"),
    ("threads", r"rayon|crossbeam|sched_yield"),
]


def run(*command, **options):
    """Runs a command and returns what it prints; ends the script if that fails."""
    try:
        return subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE, **options).stdout
    except FileNotFoundError:
        sys.exit(f"breakdown: {command[0]} is not installed")
    except subprocess.CalledProcessError as error:
        sys.exit(f"breakdown: {' '.join(command)} failed with status {error.returncode}")


def shares(binary, bench_id):
    """Share of the samples by kind, for one benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/perf.data"
        bench = [binary, "--bench", "--profile-time", str(SECONDS), bench_id]
        run("perf", "record", "-q", "-F", "1999", "-o", data, *bench, stderr=subprocess.DEVNULL)
        report = run("perf", "report", "-i", data, "--no-children", "--sort", "symbol", stderr=subprocess.DEVNULL)
    found = dict.fromkeys([kind for kind, _ in KINDS] + ["other"], 0.0)
    for percent, symbol in re.findall(r"^\s+([\d.]+)%\s+(.*)$", report, re.M):
        kind = next((kind for kind, pattern in KINDS if re.search(pattern, symbol)), "other")
        found[kind] += float(percent)
    return found


def main():
    run("perf", "--version")
    built = run("cargo", "bench", "-p", "benches", "--bench", "train_step", "--no-run", stderr=subprocess.STDOUT)
    binary = re.search(r"\((\S*train_step-\w+)\)", built)
    if not binary:
        sys.exit("breakdown: cargo names no benchmark that it built")
    columns = [shares(str(ROOT / binary[1]), bench_id) for bench_id in IDS]
    lines = ["| share of the processor time | " + " | ".join(f"`{i.split('/')[1]}`" for i in IDS) + " |", "|---|---:|---:|"]
    lines += [f"| {kind} | " + " | ".join(f"{c[kind]:.1f} %" for c in columns) + " |" for kind in columns[0]]
    page = PAGE.read_text()
    if BEGIN not in page or END not in page:
        sys.exit(f"breakdown: {PAGE} has no place for the table between {BEGIN} and {END}")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    threads = os.environ.get("RAYON_NUM_THREADS", str(os.cpu_count()))
    table = "\n".join(lines)
    PAGE.write_text(f"{before}{BEGIN}\n\nOn {threads} threads, by `python benches/breakdown.py`:\n\n{table}\n\n{END}{after}")
    print(table)


if __name__ == "__main__":
    main()
