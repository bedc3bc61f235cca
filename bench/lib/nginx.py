"""nginx in its two roles: "upstream" is the npm that lazaret asks, "static" is the peer that lazaret is measured against."""

import os
import re
import shutil
import socket
import subprocess
import time
from urllib.parse import unquote

from lib import places, process


class Nginx:
    """One nginx, started in the foreground; a context manager that ends exactly what it started."""

    def __init__(self, role):
        self.role = role
        self.port = {"upstream": places.UPSTREAM_PORT, "static": places.STATIC_PORT}[role]
        self.url = f"http://127.0.0.1:{self.port}"
        self.state = places.CACHE / f"nginx-{role}"
        self.log = self.state / "access.log"
        self._child = None

    def __enter__(self):
        if _listens(self.port):
            raise SystemExit(f"bench: port {self.port} is taken; set LAZARET_BENCH_PORT to the first of two free ports")
        shutil.rmtree(self.state, ignore_errors=True)
        (self.state / "same").mkdir(parents=True)
        configuration = self.state / "nginx.conf"
        configuration.write_text(self._configuration())
        self._child = subprocess.Popen(["nginx", "-p", str(self.state), "-c", str(configuration)])
        _wait_for(self.port, self._child, "nginx")
        return self

    def __exit__(self, *_):
        self._child.terminate()
        self._child.wait(timeout=10)

    def cpu(self):
        return process.cpu_seconds(self._child.pid)

    def resident_mb(self):
        return process.resident_mb(self._child.pid)

    def forget_requests(self):
        """Empties the request log."""
        self.log.write_text("")

    def requests(self):
        """(method, path as asked, status, bytes) of each request since `forget_requests`; the static one logs only what it lacks."""
        lines = (line.split() for line in self.log.read_text().splitlines())
        return [(method, path, int(status), int(sent)) for method, path, status, sent in lines]

    def not_found(self):
        """Paths that were asked for and are not in the tree."""
        return sorted({unquote(path) for _, path, status, _ in self.requests() if status == 404})

    def _configuration(self):
        values = {
            "USER": "user root;" if os.geteuid() == 0 else "",
            "STATE": str(self.state),
            "TREE": str(places.TREE),
            "ROLE": self.role,
            "PORT": str(self.port),
            "LOGGED": "1" if self.role == "upstream" else "$missing",
        }
        text = (places.BENCH / "nginx.conf").read_text()
        return re.sub(r"\$([A-Z]+)\b", lambda found: values.get(found[1], found[0]), text)


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(port, child, name):
    deadline = time.monotonic() + 10
    while not _listens(port):
        if child.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"bench: {name} does not listen on port {port}; its log says why")
        time.sleep(0.005)
