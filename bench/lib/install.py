"""One `npm install` without a lockfile, with an empty npm cache, on a tmpfs."""

import json
import os
import resource
import shutil
import subprocess
import time

from lib import places


class Installed:
    """wall and client CPU in seconds; `tree` is {path: version} of the lockfile that npm wrote."""

    def __init__(self, wall, client_cpu, tree):
        self.wall, self.client_cpu, self.tree = wall, client_cpu, tree


def npm_install(registry):
    """Installs the project from the registry at this URL; an install that fails ends the run with npm's words."""
    folder = places.INSTALLS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(places.PROJECT / "package.json", folder)
    # Nothing of the user's npm settings may reach the measured install.
    environment = {key: value for key, value in os.environ.items() if not key.lower().startswith("npm_")}
    environment["HOME"] = str(folder)
    for scope in ("user", "global"):
        (folder / f"{scope}.npmrc").touch()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(
        [
            "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--no-progress",
            f"--registry={registry}/", f"--cache={folder / 'npm-cache'}",
            f"--userconfig={folder / 'user.npmrc'}", f"--globalconfig={folder / 'global.npmrc'}",
        ],
        cwd=folder, env=environment, capture_output=True, text=True,
    )
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"bench: npm install from {registry} failed:\n{done.stderr[-3000:]}")
    lock = json.loads((folder / "package-lock.json").read_text())
    tree = {path: entry.get("version") for path, entry in lock["packages"].items() if path}
    shutil.rmtree(folder)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Installed(wall, cpu, tree)
