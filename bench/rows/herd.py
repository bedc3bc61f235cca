"""herd: 64 clients ask at the same instant for a packument of 20 MB that nobody asked for before."""

from lib import load, work
from lib.lazaret import Lazaret
from lib.nginx import Nginx
from lib.result import Result, median

_CLIENTS = 64


def run(options):
    path, size = work.largest_packument()
    seconds, peaks, asked, cpus, wrong = [], [], [], [], 0
    with Nginx("upstream") as upstream:
        for _ in range(options.rounds):
            upstream.forget_requests()
            with Lazaret() as lazaret:
                before = lazaret.cpu()
                took, statuses, sizes = load.herd(
                    lazaret.url + path, {"Accept": load.ABBREVIATED, "Accept-Encoding": "gzip"}, _CLIENTS
                )
                cpus.append(lazaret.cpu() - before)
                peaks.append(lazaret.peak_mb())
            seconds.append(took)
            wrong += sum(status != 200 for status in statuses) + len(sizes) - 1
            asked.append(sum(1 for method, asked_path, _, _ in upstream.requests() if asked_path == path))
    measured = f"{max(asked)} upstream, {median(seconds):.2f} s, peak {median(peaks):.0f} MB; CPU {median(cpus):.2f} s"
    if wrong:
        measured += f", {wrong} WRONG ANSWERS"
    met = max(asked) == 1 and median(seconds) <= 1 and median(peaks) <= 150 and not wrong
    yield Result(
        "herd", f"{_CLIENTS} at once ask for uncached {path[1:]} ({size / 1e6:.1f} MB)", "1 upstream request, <= 1 s, peak <= 150 MB",
        measured, met, seconds=seconds, peak_mb=peaks, upstream=asked, cpu=cpus,
    )
