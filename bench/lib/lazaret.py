"""The program under test: `lazaret serve` on a store of its own, in front of the upstream nginx."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

from lib import places, process, recording

# The shipped policy, plus: nothing newer than the recording, or its tarball would be missing. So every document with newer
# versions is really filtered and has its tags repaired. What an inspection finds is told and holds nothing, since the versions
# to compare with were never recorded either; every tarball is inspected before it is served all the same.
CONFIGURATION = f"""[policy]
freeze = {{ effect = "quarantine", after = {recording.BEFORE}T00:00:00Z }}
behaviour = {{ effect = "note" }}
incomplete-inspection = {{ effect = "note" }}
"""


# For the rows that measure the mirror alone.
UNINSPECTED = """
[inspection]
mode = "off"
"""


class Lazaret:
    """One server; a context manager that ends exactly what it started. `data` is kept between servers when given."""

    def __init__(self, data=None, port=0, inspects=True):
        self._inspects = inspects
        self._temporary = data is None
        self.data = data or new_data()
        self.port = port
        self.url = None
        # time.monotonic() just before exec.
        self.started = None
        self._child = None

    def __enter__(self):
        require()
        command = [
            str(places.LAZARET), "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data),
            "--upstream", f"{places.UPSTREAM}/", "--config", str(configuration(self._inspects)),
        ]
        with open(places.CACHE / "lazaret.log", "ab") as log:
            self.started = time.monotonic()
            self._child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment())
        if self.port == 0:
            line = self._child.stdout.readline()
            if "http://" not in line:
                self.__exit__()
                raise SystemExit(f"bench: lazaret did not start; see the end of {places.CACHE / 'lazaret.log'}")
            self.url = line.split()[-1].rstrip("/")
        else:
            self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
        if self._temporary:
            shutil.rmtree(self.data, ignore_errors=True)

    def cpu(self):
        return process.cpu_seconds(self._child.pid)

    def own_cpu(self):
        """CPU seconds of the server itself."""
        return process.own_cpu(self._child.pid)

    def workers_cpu(self):
        """CPU seconds of the processes that inspect."""
        return process.children_cpu(self._child.pid)

    def resident_mb(self):
        return process.resident_mb(self._child.pid)

    def peak_mb(self):
        return process.peak_mb(self._child.pid)


def require():
    if not places.LAZARET.exists():
        raise SystemExit(f"bench: {places.LAZARET} is missing; build it with: cargo build --release")


def new_data():
    """An empty store on the disk that the benchmarks use."""
    places.DATA.mkdir(parents=True, exist_ok=True)
    return tempfile.mkdtemp(dir=places.DATA)


def configuration(inspects=True):
    path = places.CACHE / ("lazaret.toml" if inspects else "uninspected.toml")
    path.write_text(CONFIGURATION if inspects else CONFIGURATION + UNINSPECTED)
    return path


def environment():
    """Without settings of the person who runs the benchmarks."""
    return {key: value for key, value in os.environ.items() if not key.upper().startswith("LAZARET_")}
