"""Lays the recording out as files that nginx sends: packuments in both forms, each also gzipped, and tarballs.

tree/upstream/full/NAME.json        what npm would answer today: also the versions published after the recording's day
tree/static/{full,abbreviated}/...  what a perfect mirror would answer under lazaret's policy: those versions removed
tree/tarballs/NAME/-/FILE.tgz       for both
"""

import gzip
import json
import os
import re
import shutil
from urllib.parse import unquote

from lib import places, recording

# The fields of npm's abbreviated form, of the document's versions.
_ABBREVIATED = (
    "name version deprecated dependencies optionalDependencies devDependencies bundleDependencies bundledDependencies"
    " peerDependencies peerDependenciesMeta acceptDependencies bin directories dist engines cpu os libc funding"
    " hasInstallScript _hasShrinkwrap"
).split()


def lay_out_packuments():
    """Writes all packuments again from npm's cache; takes a minute or two, most of it in gzip."""
    for role in ("upstream", "static"):
        shutil.rmtree(places.TREE / role, ignore_errors=True)
    for path, _, content in recording.recorded():
        name = unquote(path)
        if re.fullmatch(r"(@[^/]+/)?[^/@-][^/]*", name):
            write_packument(name, json.loads(content.read_bytes()), recording.registry())


def lay_out_tarballs():
    """Gives every recorded tarball its place."""
    shutil.rmtree(places.TREE / "tarballs", ignore_errors=True)
    for path, _, content in recording.recorded():
        if path.endswith(".tgz"):
            link(content, places.TREE / "tarballs" / unquote(path))


def link(content, target):
    """The same bytes under another name, without a copy where the file system allows it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(content, target)
    except OSError:
        shutil.copy(content, target)


def write_packument(name, document, old_registry):
    """The forms that the two nginx answer; `dist.tarball` points at the nginx that answers."""
    later = _put_times_in_order(document)
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    upstream = text.replace(f'"{old_registry}/', f'"{places.UPSTREAM}/')
    _write(places.TREE / "upstream" / "full" / f"{name}.json", upstream)

    document = json.loads(text.replace(f'"{old_registry}/', f'"{places.STATIC}/'))
    _forget(document, later)
    _write(places.TREE / "static" / "full" / f"{name}.json", _compact(document))
    _write(places.TREE / "static" / "abbreviated" / f"{name}.json", _compact(_abbreviated(document)))


def _put_times_in_order(document):
    """Gives higher versions later times, and returns the versions published after the recording's day.

    A registry that is itself a mirror tells when it fetched a version, in any order and without `created`; npm's own times are in order,
    and lazaret believes no others. A late version below a kept one of its line was fetched late: it counts as kept.
    """
    times, last = document["time"], f"{recording.BEFORE}T00:00:00"
    highest = {}
    for version in document["versions"]:
        if times[version] <= last:
            highest[_line(version)] = max(highest.get(_line(version), precedence(version)), precedence(version))
    ranked = sorted(document["versions"], key=precedence)
    later = [each for each in ranked if times[each] > last and (_line(each) not in highest or precedence(each) > highest[_line(each)])]
    kept = [each for each in ranked if each not in set(later)]
    early = sorted(times[each] for each in kept if times[each] <= last)
    # Those that were fetched late have no time of their own.
    early = [early[0]] * (len(kept) - len(early)) + early if early else []
    stamps = [_as_npm_writes(stamp) for stamp in early + sorted(times[each] for each in later)]
    document["time"] = {"created": stamps[0], "modified": stamps[-1], **dict(zip(kept + later, stamps))}
    return later


def _as_npm_writes(stamp):
    # 2025-01-02T03:04:05.678Z, whether or not there was a fraction or another form of UTC.
    fraction = stamp[20:23] if stamp[19:20] == "." else "000"
    return f"{stamp[:19]}.{fraction}Z"


def _line(version):
    return version.split("+")[0].split("-")[0].rpartition(".")[0]


def _forget(document, later):
    versions, times = document["versions"], document["time"]
    for version in later:
        del versions[version], times[version]
    times["modified"] = max(times.values())
    for tag, target in list(document["dist-tags"].items()):
        if target in versions:
            continue
        # The highest kept version that is not above the publisher's choice, releases for a release.
        candidates = [
            version
            for version in versions
            if ("-" in version) == ("-" in target) and precedence(version) <= precedence(target)
        ]
        if candidates:
            document["dist-tags"][tag] = max(candidates, key=precedence)
        else:
            del document["dist-tags"][tag]


def precedence(version):
    """SemVer precedence as a sortable key; good enough for versions that npm accepted."""
    core, _, pre = version.partition("+")[0].partition("-")
    numbers = [int(part) for part in core.split(".") if part.isdigit()]
    identifiers = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")] if pre else []
    return numbers, not pre, identifiers


def _abbreviated(document):
    versions = {
        version: {field: manifest[field] for field in _ABBREVIATED if field in manifest}
        for version, manifest in document["versions"].items()
    }
    modified = document.get("time", {}).get("modified")
    return {"name": document["name"], "dist-tags": document["dist-tags"], "versions": versions, "modified": modified}


def _compact(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    body = text.encode()
    path.write_bytes(body)
    (path.parent / f"{path.name}.gz").write_bytes(gzip.compress(body, 6, mtime=0))
