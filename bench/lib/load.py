"""Load from cheap clients: wrk for one hot URL, curl for a sweep over many, bare sockets for a herd."""

import json
import selectors
import socket
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from lib import places

ABBREVIATED = "application/vnd.npm.install-v1+json"


class Load:
    """What wrk saw in one round, and what the server paid for it."""

    def __init__(self, result, cpu):
        self.per_second = result["requests"] / result["seconds"]
        self.p99_ms = result["p99_us"] / 1e3
        self.cpu_us = cpu * 1e6 / max(result["requests"], 1)
        self.errors = result["errors"]


def hammer(server, url, headers, connections, seconds):
    """wrk on one URL over keep-alive connections, from one thread so that the server keeps a core."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(places.BENCH / "wrk.lua")]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    before = server.cpu()
    done = subprocess.run([*command, url], check=True, capture_output=True, text=True)
    cpu = server.cpu() - before
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    return Load(json.loads(line.removeprefix("RESULT ")), cpu)


class Sweep:
    """Many URLs once each: wall seconds, the server's CPU seconds, and each answer's status, seconds and bytes."""

    def __init__(self, wall, cpu, answers):
        self.wall, self.cpu, self.answers = wall, cpu, answers
        self.bytes = sum(size for _, _, size in answers)

    def failed(self):
        return [status for status, _, _ in self.answers if status != 200]

    def percentile_ms(self, share):
        times = sorted(seconds for _, seconds, _ in self.answers)
        return times[min(len(times) - 1, int(len(times) * share))] * 1e3


def sweep(server, urls, headers, parallel=16):
    """curl fetches every URL once, so many at a time."""
    with tempfile.NamedTemporaryFile("w", suffix=".curl") as script:
        for url in urls:
            script.write(f'url = "{url}"\noutput = "/dev/null"\n')
        script.flush()
        command = ["curl", "--silent", "--parallel", "--parallel-immediate", "--parallel-max", str(parallel)]
        command += ["--max-time", "120", "--write-out", "%{http_code} %{time_total} %{size_download}\n", "-K", script.name]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        before, started = server.cpu(), time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True)
        wall, cpu = time.monotonic() - started, server.cpu() - before
    answers = [(int(status), float(seconds), int(size)) for status, seconds, size in map(str.split, done.stdout.splitlines())]
    if len(answers) != len(urls):
        raise SystemExit(f"bench: curl answered {len(answers)} of {len(urls)} requests: {done.stderr[:500]}")
    return Sweep(wall, cpu, answers)


def herd(url, headers, count, limit=60):
    """So many connections are opened first, then all ask at once; returns (seconds to the last byte, statuses, set of sizes)."""
    parts = urlsplit(url)
    lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    clients = [socket.create_connection((parts.hostname, parts.port)) for _ in range(count)]
    heads, sizes = {client: b"" for client in clients}, dict.fromkeys(clients, 0)
    with selectors.DefaultSelector() as waiting:
        for client in clients:
            waiting.register(client, selectors.EVENT_READ)
        started = time.monotonic()
        for client in clients:
            client.sendall(request)
        while waiting.get_map() and time.monotonic() - started < limit:
            for key, _ in waiting.select(timeout=1):
                client = key.fileobj
                received = client.recv(1 << 18)
                heads[client] = heads[client] or received[:16]
                sizes[client] += len(received)
                if not received:
                    waiting.unregister(client)
        seconds = time.monotonic() - started
    for client in clients:
        client.close()
    return seconds, [int(head[9:12] or 0) for head in heads.values()], set(sizes.values())


def get(url, headers, limit=120):
    """One answer as (status, headers in lower case, body as sent); never decompressed."""
    with tempfile.NamedTemporaryFile() as body, tempfile.NamedTemporaryFile("w+") as head:
        command = ["curl", "--silent", "--show-error", "--raw", "--max-time", str(limit), "-D", head.name, "-o", body.name]
        command += ["-w", "%{http_code}"]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        done = subprocess.run([*command, url], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: {url} gave no answer: {done.stderr.strip()}")
        fields = (line.partition(":") for line in head.read().splitlines()[1:] if ":" in line)
        return int(done.stdout), {name.lower(): value.strip() for name, _, value in fields}, body.read()
