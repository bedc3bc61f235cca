"""hot-*: one URL over keep-alive connections, everything cached; lazaret and nginx take turns on the very same bytes."""

from lib import load, work
from lib.lazaret import Lazaret
from lib.nginx import Nginx
from lib.result import Result, median

_DOCUMENT = {"Accept": load.ABBREVIATED, "Accept-Encoding": "gzip"}
_CONNECTIONS = (16, 64)


def sanity(options):
    """nginx against itself: how far a ratio of this machine can be trusted, and how fast the peer is. Needs no lazaret."""
    path = work.tarball_of("chalk")
    with Nginx("static") as static:
        for connections in _CONNECTIONS:
            one, other = _rounds(options, (static, static), [static.url + path] * 2, ({}, {}), connections)
            ratio = median([a.per_second / b.per_second for a, b in zip(one, other)])
            yield Result(
                "sanity", f"nginx against itself, {path.rpartition('/')[2]}, {connections} connections", "-",
                f"{ratio:.2f} x ({_of(one, 'per_second'):,.0f} req/s, CPU {_of(one, 'cpu_us'):.1f} us, p99 {_of(one, 'p99_ms'):.2f} ms)",
                None, ratio=ratio,
            )


def packument_small(options):
    with Nginx("upstream"), Nginx("static") as static, Lazaret() as lazaret:
        yield from _packument(options, lazaret, static, "hot-packument-small", "/chalk")
        yield _not_modified(options, lazaret, static, "/chalk")


def packument_big(options):
    path, _ = work.largest_packument()
    with Nginx("upstream"), Nginx("static") as static, Lazaret() as lazaret:
        yield from _packument(options, lazaret, static, "hot-packument-big", path)


def tarball_small(options):
    yield from _tarball(options, "hot-tarball-small", "chalk", 0.8)


def tarball_big(options):
    yield from _tarball(options, "hot-tarball-big", "@img/sharp-libvips-linux-x64", 1.0)


def _packument(options, lazaret, static, row, path):
    status, headers, body = load.get(lazaret.url + path, _DOCUMENT)
    if status != 200 or headers.get("content-encoding") != "gzip":
        raise SystemExit(f"bench: lazaret answered {path} with {status}, {headers.get('content-encoding')}")
    same = static.state / "same" / f"{path.strip('/').replace('/', '-')}.gz"
    same.write_bytes(body)
    urls = lazaret.url + path, f"{static.url}/same/{same.stem}"
    yield from _duel(options, lazaret, static, row, f"{path[1:]} abbreviated, {len(body) / 1e3:.0f} KB gzip", urls, _DOCUMENT, 0.8)


def _tarball(options, row, name, bar):
    path = work.tarball_of(name)
    with Nginx("upstream"), Nginx("static") as static, Lazaret() as lazaret:
        status, _, body = load.get(lazaret.url + path, {})
        if status != 200 or len(body) != len(load.get(static.url + path, {})[2]):
            raise SystemExit(f"bench: lazaret answered {path} with {status} and {len(body)} bytes")
        title = f"{path.rpartition('/')[2]}, {len(body) / 1e3:,.0f} KB"
        yield from _duel(options, lazaret, static, row, title, (lazaret.url + path, static.url + path), {}, bar)


def _duel(options, lazaret, static, row, title, urls, headers, bar):
    for connections in _CONNECTIONS:
        ours, theirs = _rounds(options, (lazaret, static), urls, (headers, headers), connections)
        ratio = median([a.per_second / b.per_second for a, b in zip(ours, theirs)])
        errors = sum(each.errors for each in ours)
        measured = (
            f"{ratio:.2f} x ({_of(ours, 'per_second'):,.0f} : {_of(theirs, 'per_second'):,.0f} req/s; "
            f"CPU {_of(ours, 'cpu_us'):,.1f} : {_of(theirs, 'cpu_us'):,.1f} us; "
            f"p99 {_of(ours, 'p99_ms'):,.2f} : {_of(theirs, 'p99_ms'):,.2f} ms)"
        )
        if errors:
            measured += f", {errors} ERRORS"
        yield Result(
            row, f"hot {title}, {connections} connections", f">= {bar} x nginx static", measured, ratio >= bar and not errors,
            ratio=ratio, cpu_ratio=_of(ours, "cpu_us") / max(_of(theirs, "cpu_us"), 1e-9),
            lazaret=[vars(each) for each in ours], nginx=[vars(each) for each in theirs],
        )


def _not_modified(options, lazaret, static, path):
    urls = lazaret.url + path, f"{static.url}/same/{path[1:]}"
    headers = [{**_DOCUMENT, "If-None-Match": load.get(url, _DOCUMENT)[1].get("etag", "none")} for url in urls]
    for url, asked in zip(urls, headers):
        if load.get(url, asked)[0] != 304:
            raise SystemExit(f"bench: {url} did not answer its own ETag with 304")
    ours, theirs = _rounds(options, (lazaret, static), urls, headers, 16)
    cpu = _of(ours, "cpu_us")
    return Result(
        "hot-packument-small", f"304 of {path[1:]}, 16 connections", "<= 25 us CPU",
        f"{cpu:.1f} us (nginx {_of(theirs, 'cpu_us'):.1f}); {_of(ours, 'per_second'):,.0f} : {_of(theirs, 'per_second'):,.0f} req/s",
        cpu <= 25, lazaret=[vars(each) for each in ours], nginx=[vars(each) for each in theirs],
    )


def _rounds(options, servers, urls, headers, connections):
    """A B A B ...: two lists of Load."""
    found = [], []
    for _ in range(options.rounds):
        for index, server in enumerate(servers):
            found[index].append(load.hammer(server, urls[index], headers[index], connections, options.seconds))
    return found


def _of(loads, field):
    return median([getattr(each, field) for each in loads])
