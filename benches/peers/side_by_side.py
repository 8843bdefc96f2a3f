"""Runs our benchmarks and the same work in PyTorch and JAX in turns, and writes one table.

From the repository root, on an idle machine:

    pip install -r benches/peers/requirements.txt
    python benches/peers/side_by_side.py

A round is `cargo bench` at N threads and at one, then `train_step.py` for every framework. What enters the
table in docs/src/benchmarks.md is the median over the rounds of each round's median. Of the variants of a
framework (eager or compiled, layout of the images) the fastest enters.
"""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

from train_step import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/src/benchmarks.md"
BEGIN, END = "<!-- side_by_side: begin -->", "<!-- side_by_side: end -->"
CASES = {  # ours: the peers'
    "train_step/mlp_784_400_20_b128": "mlp_784_400_20_b128",
    "train_step/conv_32_64_256_20_b128": "conv_32_64_256_20_b128",
    "ops/bernoulli_128x784": "bernoulli_128x784",
    "ops/exp_1e5": "exp_1e5",
    "reparam/normal_1e6": "normal_1e6",
    "reparam/sample_kl_forward_backward/128x20": "sample_kl_128x20",
    "reparam/sample_kl_forward_backward/4096x128": "sample_kl_4096x128",
    "reparam/sample_kl_forward_backward/16384x256": "sample_kl_16384x256",
}


def output(*command):
    """What the command prints; the script ends if there is no such command or it fails."""
    try:
        return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        sys.exit(f"side_by_side: {error}")


def run_ours(target, threads):
    """Our medians in ms by id, of the benchmarks that ran."""
    started = datetime.datetime.now().timestamp()
    benches = ["cargo", "bench", "-p", "benches", "--bench", "train_step", "--bench", "ops", "--bench", "reparam"]
    criterion = ["--", "--noplot", f"^({'|'.join(CASES)})$"]
    env = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    if subprocess.run(benches + criterion, cwd=ROOT, env=env, stdout=sys.stderr).returncode:
        sys.exit("side_by_side: `cargo bench` failed; it says above why")
    medians = {}
    for file in (target / "criterion").glob("**/new/benchmark.json"):
        id = json.loads(file.read_text())["full_id"]
        estimates = file.with_name("estimates.json")
        if id in CASES and estimates.stat().st_mtime >= started:  # not of an earlier run
            medians[id] = json.loads(estimates.read_text())["median"]["point_estimate"] / 1e6
    return medians


def run_peer(name, threads):
    """The records that `train_step.py` printed, and whether it came to its end."""
    script = Path(__file__).with_name("train_step.py")
    command = [sys.executable, script, name, "--threads", str(threads)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode == 0


class Rounds:
    """The medians of all rounds, in ms."""

    def __init__(self):
        self.ours = {}  # (id, threads): medians
        self.peers = {}  # (framework, id): {variant: medians}
        self.versions = {}  # framework: version
        self.failed = set()

    def run(self, target, names, threads):
        for count in sorted({threads, 1}, reverse=True):
            for id, median in run_ours(target, count).items():
                self.ours.setdefault((id, count), []).append(median)
                say(f"{id}, --threads {count}: {median:.4g} ms")
        for name in names:
            if name in self.failed:
                continue
            records, succeeded = run_peer(name, threads)
            for record in records:
                framework = record["framework"]
                variants = self.peers.setdefault((framework, record["id"]), {})
                variants.setdefault(record["variant"], []).append(record["median_ms"])
                self.versions[framework] = record["version"]
                say(f"{name}, {record['id']}, --threads {threads}: {record['median_ms']:.4g} ms {record['variant']}")
            if not succeeded:
                self.failed.add(name)
                say(f"{name} failed; it is left out from here on")

    def our_median(self, id, threads):
        medians = self.ours.get((id, threads))
        return medians and statistics.median(medians)

    def fastest(self, framework, id):
        """(ms, variant), or nothing if the framework did not run."""
        variants = self.peers.get((framework, id), {})
        return min(((statistics.median(medians), name) for name, medians in variants.items()), default=None)

    def spread(self):
        """The largest difference between rounds of a figure in the table, as a fraction of the figure."""
        peers = [min(variants.values(), key=statistics.median) for variants in self.peers.values()]
        return max(((max(m) - min(m)) / statistics.median(m) for m in [*self.ours.values(), *peers]), default=0)


def say(text):
    print(text, file=sys.stderr, flush=True)


def plural(count, noun):
    return f"{count} {noun}{'s' * (count != 1)}"


def figure(ms):
    """Three digits."""
    return f"{ms:.0f}" if ms >= 100 else f"{ms:#.3g}"


def cell(peer, ours):
    """The peer's time, how many times ours that is, and its variant."""
    if peer is None:
        return ""
    ms, variant = peer
    ratio = f" ({ms / ours:.1f}×)" if ours else ""
    return f"{figure(ms)}{ratio} {variant}".strip()


def table(rounds, threads):
    frameworks = list(dict.fromkeys(name for name, _ in PROGRAMS.values()))
    columns = ["vae, ms", *(f"{name}, ms" for name in frameworks)]
    columns += [f"vae, 1 → {threads} threads"] if threads > 1 else []
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for id, theirs in CASES.items():
        ours, alone = rounds.our_median(id, threads), rounds.our_median(id, 1)
        cells = [figure(ours) if ours else ""]
        cells += [cell(rounds.fastest(framework, theirs), ours) for framework in frameworks]
        if threads > 1:
            cells.append(f"{alone / ours:.2f}×" if ours and alone else "")
        lines.append(f"| `{id}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def machine():
    """The processor; the name alone does not tell one generation from the next."""
    try:
        fields = dict(re.findall(r"^(model name|cpu family|model)\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M))
        return f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"
    except (OSError, KeyError):
        return platform.processor() or platform.machine()


def conditions(rounds, args, version):
    """Machine, versions and date in one paragraph."""
    rustc = output("rustc", "--version").split()[1]
    versions = [f"vae {version} (rustc {rustc})"] + [f"{name} {v}" for name, v in rounds.versions.items()]
    left_out = [name for name in PROGRAMS if name in rounds.failed or name in args.skip]
    left_out += [f"`{id}`" for id in CASES if not rounds.our_median(id, args.threads)]
    parts = [
        f"{plural(args.threads, 'thread')} on {plural(len(os.sched_getaffinity(0)), 'core')} of {machine()}",
        ", ".join(versions),
        f"{args.rounds} rounds, which differ by up to {rounds.spread():.0%}" if args.rounds > 1 else "1 round",
        datetime.date.today().isoformat(),
    ]
    return "; ".join(parts) + "." + (f" Not run: {', '.join(left_out)}." if left_out else "")


def page_around():
    """The page before and after the table, with the markers."""
    page = PAGE.read_text() if PAGE.exists() else ""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"side_by_side: {PAGE} needs a line {BEGIN} and a line {END}")
    return before + begin, end + after


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--skip", choices=PROGRAMS, action="append", default=[], help="may be given more than once")
    args = parser.parse_args()

    cpus = len(os.sched_getaffinity(0))
    if args.rounds < 1 or not 1 <= args.threads <= cpus:
        sys.exit(f"side_by_side: --rounds is at least 1, and --threads from 1 to {cpus}, the CPUs of this process")
    page_around()  # better now than after all the runs
    if os.getloadavg()[0] > 0.5:
        say(f"side_by_side: the machine is busy (load {os.getloadavg()[0]:.1f}); the figures will be too high")
    metadata = json.loads(output("cargo", "metadata", "--format-version", "1", "--no-deps"))
    version = next(package["version"] for package in metadata["packages"] if package["name"] == "vae")

    rounds, names = Rounds(), [name for name in PROGRAMS if name not in args.skip]
    for number in range(1, args.rounds + 1):
        say(f"round {number} of {args.rounds}")
        rounds.run(Path(metadata["target_directory"]), names, args.threads)
    text = f"{table(rounds, args.threads)}\n\n{conditions(rounds, args, version)}"
    before, after = page_around()
    PAGE.write_text(f"{before}\n{text}\n{after}")
    print(text)


if __name__ == "__main__":
    main()
