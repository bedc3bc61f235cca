"""install: a real `npm install` without lockfile, npm's cache empty, through nginx, through a cold and through a warm
lazaret that inspects nothing."""

from lib.install import npm_install
from lib.lazaret import Lazaret
from lib.nginx import Nginx
from lib.result import Result, median

# One install takes half a minute: fewer rounds than elsewhere.
_MOST_ROUNDS = 3


def run(options):
    walls = {"nginx": [], "cold": [], "warm": []}
    cpus, clients, peaks, trees = {"nginx": [], "cold": [], "warm": []}, {"nginx": [], "cold": [], "warm": []}, [], set()
    with Nginx("upstream"), Nginx("static") as static:
        for _ in range(min(options.rounds, _MOST_ROUNDS)):
            with Lazaret(inspects=False) as lazaret:
                for state, server in (("nginx", static), ("cold", lazaret), ("warm", lazaret)):
                    before = server.cpu()
                    installed = npm_install(server.url)
                    cpus[state].append(server.cpu() - before)
                    walls[state].append(installed.wall)
                    clients[state].append(installed.client_cpu)
                    trees.add(frozenset(installed.tree.items()))
                peaks.append(lazaret.peak_mb())
    count = len(next(iter(trees)))
    for state, wall_bar, cpu_bar in (("warm", 1.05, 0.3), ("cold", 1.15, 2.5)):
        ratio = median([ours / peer for ours, peer in zip(walls[state], walls["nginx"])])
        cpu = median(cpus[state])
        measured = (
            f"{ratio:.2f} x ({median(walls[state]):.1f} : {median(walls['nginx']):.1f} s); CPU {cpu:.2f} s "
            f"(nginx {median(cpus['nginx']):.2f}, npm {median(clients[state]):.1f}); peak {median(peaks):.0f} MB"
        )
        if len(trees) > 1:
            measured += f", {len(trees)} DIFFERENT TREES"
        yield Result(
            "install", f"npm install of {count} packages, {state}, not inspected", f"wall <= {wall_bar} x nginx static, CPU <= {cpu_bar} s", measured,
            ratio <= wall_bar and cpu <= cpu_bar and len(trees) == 1,
            ratio=ratio, walls=walls[state], nginx_walls=walls["nginx"], cpu=cpus[state], peak_mb=peaks,
        )
