"""Records a real project's packuments and tarballs with npm itself: its own cache keeps every answer as it came."""

import base64
import functools
import json
import os
import shutil
import subprocess

from lib import places

# Versions published later are not part of the workload; a fixed day gives every machine the same tree.
BEFORE = "2026-11-07"
NPM_CACHE = places.CACHE / "npm-cache"
_PREFIX = "make-fetch-happen:request-cache:"
_COMMON = ["--ignore-scripts", "--no-audit", "--no-fund", "--maxsockets=8", f"--cache={NPM_CACHE}"]


@functools.cache
def registry():
    """The registry that npm is configured with, without a slash at its end."""
    answer = subprocess.run(["npm", "config", "get", "registry"], check=True, capture_output=True, text=True)
    return answer.stdout.strip().rstrip("/")


def record():
    """One `npm install` of the project; npm asks for full packuments because `--before` needs their times."""
    done = NPM_CACHE / "recorded"
    if done.exists():
        return
    folder = places.CACHE / "recording"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(places.PROJECT / "package.json", folder)
    subprocess.run(["npm", "install", f"--before={BEFORE}", *_COMMON], cwd=folder, check=True)
    shutil.rmtree(folder)
    done.touch()


def record_tarballs(specs):
    """Adds tarballs that npm chose differently without `--before`, by name@version."""
    for spec in specs:
        subprocess.run(["npm", "cache", "add", spec, *_COMMON], check=True)


def recorded():
    """Yields (path below the registry, size, path of the file with the answer's bytes), one for each URL in npm's cache."""
    start = _PREFIX + registry() + "/"
    for folder, _, files in os.walk(NPM_CACHE / "_cacache" / "index-v5"):
        for file in files:
            # One line an entry, the last one counts: "HASH\tJSON".
            latest = {}
            with open(os.path.join(folder, file), encoding="utf-8") as lines:
                for line in lines:
                    if "\t" in line:
                        entry = json.loads(line.partition("\t")[2])
                        latest[entry["key"]] = entry
            for key, entry in latest.items():
                if key.startswith(start) and entry.get("integrity"):
                    yield key[len(start):], entry["size"], _content(entry["integrity"])


def _content(integrity):
    algorithm, _, value = integrity.split()[0].partition("-")
    digest = base64.b64decode(value).hex()
    return NPM_CACHE / "_cacache" / "content-v2" / algorithm / digest[:2] / digest[2:4] / digest[4:]
