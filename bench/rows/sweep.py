"""sweep: every packument of the project once, then every tarball once, 16 at a time; a fresh store each round, then again warm; nothing
is inspected."""

from lib import load, work
from lib.lazaret import Lazaret
from lib.nginx import Nginx
from lib.result import Result, median

_DOCUMENT = {"Accept": load.ABBREVIATED, "Accept-Encoding": "gzip"}
_BARS = {("packuments", "cold"): 1.0, ("tarballs", "cold"): 0.8}


def run(options):
    kinds = {"packuments": (work.packuments(), _DOCUMENT), "tarballs": (work.tarballs(), {})}
    found = {(kind, state): [] for kind in kinds for state in ("cold", "warm", "nginx")}
    peaks = []
    with Nginx("upstream"), Nginx("static") as static:
        for _ in range(options.rounds):
            with Lazaret(inspects=False) as lazaret:
                for state, server in (("cold", lazaret), ("nginx", static), ("warm", lazaret)):
                    for kind, (paths, headers) in kinds.items():
                        swept = load.sweep(server, [server.url + path for path in paths], headers)
                        found[kind, state].append(swept)
                peaks.append(lazaret.peak_mb())
    for kind, (paths, _) in kinds.items():
        for state in ("cold", "warm"):
            yield _result(kind, state, len(paths), found[kind, state], found[kind, "nginx"], peaks)


def _result(kind, state, count, ours, theirs, peaks):
    wall, peer = median([swept.wall for swept in ours]), median([swept.wall for swept in theirs])
    failed = sum(len(swept.failed()) for swept in ours)
    measured = (
        f"{wall:.2f} s (nginx {peer:.2f}); CPU {median([swept.cpu for swept in ours]) * 1e3 / count:.2f} ms each; "
        f"p99 {median([swept.percentile_ms(0.99) for swept in ours]):.0f} ms; {ours[0].bytes / 1e6:.1f} MB; peak {median(peaks):.0f} MB"
    )
    if failed:
        measured += f", {failed} FAILED"
    bar = _BARS.get((kind, state))
    return Result(
        "sweep", f"{state} sweep of {count} {kind}, 16 at a time, not inspected", f"<= {bar} s" if bar else "-", measured,
        (wall <= bar and not failed) if bar else None,
        seconds=[swept.wall for swept in ours], nginx_seconds=[swept.wall for swept in theirs], cpu=[swept.cpu for swept in ours],
        failed=failed, peak_mb=peaks,
    )
