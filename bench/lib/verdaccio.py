"""Verdaccio, the mirror that people compare with: installed once by npm, with its uplink to the upstream nginx and an empty storage."""

import json
import shutil
import subprocess
import tempfile
import time
from urllib.request import urlopen

from lib import places, process

VERSION = "6.1.6"
_HOME = places.CACHE / "verdaccio"


class Verdaccio:
    """One server on a storage of its own; a context manager that ends exactly what it started."""

    def __init__(self):
        self.url = f"http://127.0.0.1:{places.STATIC_PORT + 1}"
        self.data = None
        self._child = None

    def __enter__(self):
        _install()
        places.DATA.mkdir(parents=True, exist_ok=True)
        self.data = tempfile.mkdtemp(dir=places.DATA)
        # A YAML parser reads JSON.
        configuration = {
            "storage": self.data,
            "uplinks": {"upstream": {"url": places.UPSTREAM + "/", "maxage": "60m", "timeout": "60s"}},
            "packages": {"**": {"access": "$all", "proxy": "upstream"}},
            "web": {"enable": False},
            "log": {"type": "stdout", "format": "json", "level": "error"},
        }
        path = _HOME / "config.yaml"
        path.write_text(json.dumps(configuration))
        with open(places.CACHE / "verdaccio.log", "ab") as log:
            self._child = subprocess.Popen(
                ["node", str(_HOME / "node_modules" / "verdaccio" / "bin" / "verdaccio"), "--config", str(path), "--listen", self.url.removeprefix("http://")],
                stdout=log, stderr=log,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(f"{self.url}/-/ping", timeout=1).close()
                return self
            except OSError:
                if self._child.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise SystemExit(f"bench: verdaccio does not answer; see the end of {places.CACHE / 'verdaccio.log'}") from None
                time.sleep(0.1)

    def __exit__(self, *_):
        self._child.terminate()
        self._child.wait(timeout=30)
        shutil.rmtree(self.data, ignore_errors=True)

    def cpu(self):
        return process.cpu_seconds(self._child.pid)


def _install():
    """Through the registry that npm is configured with."""
    if (_HOME / "node_modules" / "verdaccio" / "package.json").exists():
        return
    _HOME.mkdir(parents=True, exist_ok=True)
    # It asks for node-fetch by a tag, which not every registry has.
    project = {"private": True, "dependencies": {"verdaccio": VERSION}, "overrides": {"node-fetch": "2.7.0"}}
    (_HOME / "package.json").write_text(json.dumps(project))
    command = ["npm", "install", "--prefix", str(_HOME), "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: verdaccio could not be installed: {done.stderr[-1000:]}")
