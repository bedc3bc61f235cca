"""packument-90mb: the largest thing a registry may say, 10,000 versions; the first answer, then 20 more."""

from lib import generated, load
from lib.lazaret import Lazaret
from lib.nginx import Nginx
from lib.result import Result, median

_LATER = 20
_MOST_ROUNDS = 3


def run(options):
    size = generated.write_huge_packument().stat().st_size
    first, later, peaks, walls, asked = [], [], [], [], []
    headers = {"Accept": load.ABBREVIATED, "Accept-Encoding": "gzip"}
    with Nginx("upstream") as upstream:
        for _ in range(min(options.rounds, _MOST_ROUNDS)):
            upstream.forget_requests()
            with Lazaret() as lazaret:
                url = f"{lazaret.url}/{generated.HUGE}"
                swept = load.sweep(lazaret, [url], headers)
                first.append(swept.cpu)
                walls.append(swept.wall)
                again = load.sweep(lazaret, [url] * _LATER, headers, parallel=1)
                later.append(again.cpu / _LATER)
                peaks.append(lazaret.peak_mb())
                failed = swept.failed() + again.failed()
            asked.append(len(upstream.requests()))
    ratio = median(peaks) * 1e6 / size
    measured = (
        f"first {median(first):.2f} s CPU ({median(walls):.2f} s wall), later {median(later) * 1e3:.1f} ms CPU, "
        f"{swept.bytes / 1e6:.2f} MB gzip; peak {median(peaks):.0f} MB = {ratio:.1f} x; {max(asked)} upstream request"
    )
    if failed:
        measured += f", FAILED {failed}"
    yield Result(
        "packument-90mb", f"packument of {size / 1e6:.0f} MB, {generated.HUGE_VERSIONS:,} versions",
        "first <= 2 s CPU, later rendered (<= 50 ms CPU), peak <= 6 x its size", measured,
        median(first) <= 2 and median(later) <= 0.05 and ratio <= 6 and max(asked) == 1 and not failed,
        first_cpu=first, first_wall=walls, later_cpu=later, peak_mb=peaks, upstream=asked,
    )
