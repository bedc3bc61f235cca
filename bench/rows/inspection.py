"""inspection: what it costs that every tarball is inspected before it is served: a cold install by a lockfile, hot requests meanwhile, a herd."""

import re
import threading
import time
from urllib.request import urlopen

from lib import load, work
from lib.install import lockfile_of, npm_install_locked
from lib.lazaret import Lazaret
from lib.nginx import Nginx
from lib.result import Result, median
from lib.verdaccio import Verdaccio

_DOCUMENT = {"Accept": load.ABBREVIATED, "Accept-Encoding": "gzip"}
_MOST_ROUNDS = 3
_CLIENTS = 64
_PACKAGES = 100


def install(options):
    """A cold install by a lockfile through lazaret, which inspects, and through Verdaccio, which does not."""
    walls, cpus, workers, peaks = {"lazaret": [], "verdaccio": []}, {"lazaret": [], "verdaccio": []}, [], []
    with Nginx("upstream"), Nginx("static") as static:
        lockfile = lockfile_of(static.url)
        for _ in range(min(options.rounds, _MOST_ROUNDS)):
            with Lazaret() as lazaret:
                # The queue that looks ahead is work of its own, and goes on after the install.
                installed = npm_install_locked(lazaret.url, lockfile.replace(static.url, lazaret.url))
                walls["lazaret"].append(installed.wall)
                cpus["lazaret"].append(lazaret.own_cpu())
                workers.append(lazaret.workers_cpu())
                peaks.append(lazaret.peak_mb())
            with Verdaccio() as verdaccio:
                installed = npm_install_locked(verdaccio.url, lockfile.replace(static.url, verdaccio.url))
                walls["verdaccio"].append(installed.wall)
                cpus["verdaccio"].append(verdaccio.cpu())
    count = lockfile.count('"resolved"')
    ratio = median([ours / peer for ours, peer in zip(walls["lazaret"], walls["verdaccio"])])
    measured = (
        f"{ratio:.2f} x ({median(walls['lazaret']):.1f} : {median(walls['verdaccio']):.1f} s); CPU of inspections {median(workers):.1f} s, "
        f"of the server {median(cpus['lazaret']):.1f} s (Verdaccio {median(cpus['verdaccio']):.1f}); peak {median(peaks):.0f} MB"
    )
    yield Result(
        "inspection-install", f"cold npm install of the {count} packages of a lockfile, every tarball inspected", "faster than cold Verdaccio; inspections <= 12 s CPU",
        measured, ratio < 1 and median(workers) <= 12, ratio=ratio, walls=walls, cpu=cpus, workers=workers, peak_mb=peaks,
    )


def beside(options):
    """The p99 of a hot packument, alone and while packages are inspected."""
    path = "/chalk"
    idle, busy, inspected = [], [], []
    with Nginx("upstream"):
        for _ in range(min(options.rounds, _MOST_ROUNDS)):
            with Lazaret() as lazaret:
                load.hammer(lazaret, lazaret.url + path, _DOCUMENT, 16, 1)
                idle.append(load.hammer(lazaret, lazaret.url + path, _DOCUMENT, 16, options.seconds).p99_ms)
                # Small and large ones, from all of the alphabet.
                every = work.tarballs()
                some = every[:: max(1, len(every) // (2 * _PACKAGES))]
                asking = threading.Thread(target=load.sweep, args=(lazaret, [lazaret.url + one for one in some], {}, 8))
                asking.start()
                while _inspections(lazaret) < 2:
                    time.sleep(0.01)
                before = _inspections(lazaret)
                busy.append(load.hammer(lazaret, lazaret.url + path, _DOCUMENT, 16, options.seconds).p99_ms)
                inspected.append(_inspections(lazaret) - before)
                asking.join()
    ratio = median([one / other for one, other in zip(busy, idle)])
    yield Result(
        "inspection-beside", f"p99 of a hot packument while packages are inspected ({median(inspected):.0f} in {options.seconds} s)",
        "<= 3 x its idle p99", f"{ratio:.2f} x ({median(busy):.2f} : {median(idle):.2f} ms)", ratio <= 3,
        ratio=ratio, busy_ms=busy, idle_ms=idle, inspected=inspected,
    )


def herd(options):
    """64 clients at once, first for the largest packument, then for its tarball, which nobody inspected."""
    path, size = work.largest_packument()
    tarball = work.tarball_of(path[1:])
    seconds, asked, statuses = [], [], []
    with Nginx("upstream") as upstream:
        upstream.forget_requests()
        with Lazaret() as lazaret:
            for one, headers in ((path, _DOCUMENT), (tarball, {})):
                took, answers, _ = load.herd(lazaret.url + one, headers, _CLIENTS, limit=120)
                seconds.append(took)
                statuses.append(sorted(set(answers)))
                # Who waited too long is told when to come again.
                deadline = time.monotonic() + 120
                while answers and max(answers) == 503 and time.monotonic() < deadline:
                    time.sleep(1)
                    took, answers, _ = load.herd(lazaret.url + one, headers, _CLIENTS, limit=120)
                    seconds[-1] += took
                    statuses[-1] = sorted({*statuses[-1], *answers})
                asked.append(sum(1 for method, asked_path, _, _ in upstream.requests() if asked_path == one))
            inspections = _inspections(lazaret)
    measured = f"{asked[0]} and {asked[1]} upstream, {seconds[0]:.2f} and {seconds[1]:.1f} s, {inspections} inspected, answers {statuses[0]} and {statuses[1]}"
    yield Result(
        "inspection-herd", f"{_CLIENTS} at once ask for uncached {path[1:]} ({size / 1e6:.1f} MB), then for its tarball",
        "one upstream request each, all answered", measured, asked == [1, 1] and statuses[0] == [200] and 200 in statuses[1],
        seconds=seconds, upstream=asked, statuses=statuses, inspections=inspections,
    )


def _inspections(lazaret):
    """How many inspections have ended, by the server's own metrics."""
    with urlopen(f"{lazaret.url}/-/metrics") as answer:
        text = answer.read().decode()
    return int(sum(float(value) for value in re.findall(r"^\w*inspection_seconds_count(?:{[^}]*})? (\S+)$", text, re.MULTILINE)))
