"""startup: a store of about 900 packages is opened; exec to the first 200, memory at rest, memory after serving all of it."""

import shutil
import socket
import time

from lib import load, work
from lib.lazaret import Lazaret, new_data
from lib.nginx import Nginx
from lib.result import Result, median

_STARTS = 7
_SETTLE = 1.0
_DOCUMENT = {"Accept": load.ABBREVIATED, "Accept-Encoding": "gzip"}


def run(options):
    packuments, tarballs = work.packuments(), work.tarballs()
    data = new_data()
    starts, rests, served = [], [], []
    try:
        with Nginx("upstream"):
            with Lazaret(data) as lazaret:
                _serve_all(lazaret, packuments, tarballs)
            for _ in range(_STARTS):
                with Lazaret(data, port=_free_port()) as lazaret:
                    starts.append(_first_200(lazaret, "/-/ping"))
                    time.sleep(_SETTLE)
                    rests.append(lazaret.resident_mb())
            with Lazaret(data) as lazaret:
                _serve_all(lazaret, packuments, tarballs)
                served.append(lazaret.resident_mb())
                peak = lazaret.peak_mb()
            with Lazaret(data, port=_free_port()) as lazaret:
                document = _first_200(lazaret, "/chalk")
    finally:
        shutil.rmtree(data, ignore_errors=True)
    first, rest = median(starts) * 1e3, median(rests)
    yield Result(
        "startup", f"start with a store of {len(packuments)} packages", "<= 50 ms to the first 200, <= 30 MB at rest",
        f"{first:.0f} ms (a packument {document * 1e3:.0f} ms), {rest:.1f} MB", first <= 50 and rest <= 30,
        starts=starts, rest_mb=rests, first_packument=document,
    )
    yield Result(
        "startup", f"memory after serving {len(packuments)} packuments and {len(tarballs)} tarballs", "<= 150 MB",
        f"{served[0]:.0f} MB (peak {peak:.0f})", served[0] <= 150, served_mb=served, peak_mb=peak,
    )


def _serve_all(lazaret, packuments, tarballs):
    for paths, headers in ((packuments, _DOCUMENT), (tarballs, {})):
        failed = load.sweep(lazaret, [lazaret.url + path for path in paths], headers).failed()
        if failed:
            raise SystemExit(f"bench: {len(failed)} of {len(paths)} answers were not 200: {sorted(set(failed))}")


def _first_200(lazaret, path):
    """Seconds from just before exec to the first answer 200, asked for every millisecond."""
    request = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode()
    while time.monotonic() - lazaret.started < 30:
        try:
            with socket.create_connection(("127.0.0.1", lazaret.port), timeout=30) as client:
                client.sendall(request)
                if client.recv(16)[9:12] == b"200":
                    return time.monotonic() - lazaret.started
        except ConnectionError:
            pass
        time.sleep(0.001)
    raise SystemExit("bench: lazaret gave no 200 within 30 s of its start")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
