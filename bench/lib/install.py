"""One `npm install` without a lockfile, or by one, with an empty npm cache, on a tmpfs."""

import json
import os
import resource
import shutil
import subprocess
import time

from lib import places


class Installed:
    """wall and client CPU in seconds; the text of the lockfile, and {path: version} of it."""

    def __init__(self, wall, client_cpu, lockfile):
        self.wall, self.client_cpu, self.lockfile = wall, client_cpu, lockfile
        self.tree = {path: entry.get("version") for path, entry in json.loads(lockfile)["packages"].items() if path}


def npm_install(registry):
    """Installs the project from the registry at this URL; an install that fails ends the run with npm's words."""
    return _run(registry, ["install"])


def npm_install_locked(registry, lockfile):
    """Installs the project by this lockfile. Not `npm ci`: builds for other platforms were never recorded, and it insists on them."""
    return _run(registry, ["install"], lockfile)


def lockfile_of(registry):
    """The text of the lockfile that npm writes for the project."""
    return _run(registry, ["install", "--package-lock-only"]).lockfile


def _run(registry, command, lockfile=None):
    folder = places.INSTALLS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(places.PROJECT / "package.json", folder)
    if lockfile is not None:
        (folder / "package-lock.json").write_text(lockfile)
    # Nothing of the user's npm settings may reach the measured install.
    environment = {key: value for key, value in os.environ.items() if not key.lower().startswith("npm_")}
    environment["HOME"] = str(folder)
    for scope in ("user", "global"):
        (folder / f"{scope}.npmrc").touch()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(
        [
            "npm", *command, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--no-progress",
            f"--registry={registry}/", f"--cache={folder / 'npm-cache'}",
            f"--userconfig={folder / 'user.npmrc'}", f"--globalconfig={folder / 'global.npmrc'}",
        ],
        cwd=folder, env=environment, capture_output=True, text=True,
    )
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"bench: npm {command[0]} from {registry} failed:\n{done.stderr[:2000]}")
    lockfile = (folder / "package-lock.json").read_text()
    shutil.rmtree(folder)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Installed(wall, cpu, lockfile)
