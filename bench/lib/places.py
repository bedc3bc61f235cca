"""Where things are: folders of the cache, ports of the two nginx, the program under test."""

import fcntl
import os
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("LAZARET_BENCH_CACHE", BENCH / ".cache"))
# lazaret's stores. On an ordinary disk, because a mirror that syncs nothing would be measured on a tmpfs.
DATA = Path(os.environ.get("LAZARET_BENCH_DATA", CACHE / "data"))
# npm's cache and node_modules, in memory: disk noise would hide the registry (facts: 15-30 s for the same install).
INSTALLS = Path(os.environ.get("LAZARET_BENCH_INSTALLS", "/dev/shm/lazaret-bench"))
LAZARET = Path(os.environ.get("LAZARET_BENCH_BINARY", BENCH.parent / "target" / "release" / "lazaret"))

# Below the range of ephemeral ports, so that no client connection can hold them.
UPSTREAM_PORT = int(os.environ.get("LAZARET_BENCH_PORT", "14870"))
STATIC_PORT = UPSTREAM_PORT + 1
UPSTREAM = f"http://127.0.0.1:{UPSTREAM_PORT}"
STATIC = f"http://127.0.0.1:{STATIC_PORT}"

TREE = CACHE / "tree"
PROJECT = BENCH / "project"
RESULTS = CACHE / "results.json"


def alone():
    """Ends the program if another one uses the same cache; the lock is held until this program ends."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = open(CACHE / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"bench: another run uses {CACHE}; wait for it, or set LAZARET_BENCH_CACHE") from None
    return lock
