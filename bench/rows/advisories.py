"""advisories: 239,000 records are imported into the compact index; a look-up's time comes from the policy crate's own benchmark."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from lib import generated, places
from lib.lazaret import configuration, environment, new_data, require
from lib.result import Result, median

_MOST_ROUNDS = 3


def run(options):
    require()
    archive = generated.write_advisories()
    cpus, peaks, sizes = [], [], []
    for _ in range(min(options.rounds, _MOST_ROUNDS)):
        data = new_data()
        try:
            cpu, peak = _import(archive, data)
            cpus.append(cpu)
            peaks.append(peak)
            sizes.append(_bytes_below(data) / 1e6)
        finally:
            shutil.rmtree(data, ignore_errors=True)
    yield Result(
        "advisories", f"import of 239,000 advisories ({archive.stat().st_size / 1e6:.0f} MB zip)", "<= 5 s CPU, index <= 30 MB",
        f"{median(cpus):.2f} s CPU, {median(sizes):.1f} MB on disk; peak {median(peaks):.0f} MB", median(cpus) <= 5 and median(sizes) <= 30,
        cpu=cpus, index_mb=sizes, peak_mb=peaks,
    )
    nanos = _policy_benchmark()
    slowest = [max((nanos[key] for key in nanos if key.startswith(what)), default=0) for what in ("look up", "judge")]
    verdict = sum(slowest) / 1e3
    yield Result(
        "advisories", "a verdict look-up: advisories of a package, then judging", "<= 20 us",
        f"{verdict:.2f} us (look-up {slowest[0] / 1e3:.2f}, judging {slowest[1] / 1e3:.2f})", 0 < verdict <= 20, nanoseconds=nanos,
    )


def _import(archive, data):
    """(CPU seconds, peak MB) of one import."""
    command = [str(places.LAZARET), "advisories", "import", str(archive), "--data", data, "--config", str(configuration())]
    with open(places.CACHE / "lazaret.log", "ab") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"bench: the import ended with {child.returncode}; see the end of {places.CACHE / 'lazaret.log'}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6


def _bytes_below(folder):
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file() and "advisor" in file.name)


def _policy_benchmark():
    """{"look up present": nanoseconds, ...} from the lines of `cargo bench -p lazaret-policy` that end in ns."""
    command = ["cargo", "bench", "--quiet", "-p", "lazaret-policy", "--bench", "lookup"]
    done = subprocess.run(command, cwd=places.BENCH.parent, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: cargo bench of the policy crate failed:\n{done.stderr[-1000:]}")
    return {what.strip(): int(nanos) for what, nanos in re.findall(r"^(.+?)\s+(\d+) ns$", done.stdout, re.MULTILINE)}
