"""Makes what no recording holds: a packument of 90 MB and 239,000 advisories. Same seed, same bytes."""

import base64
import gzip
import json
import random
import zipfile

from lib import places

HUGE = "huge-packument"
HUGE_VERSIONS = 10_000
# What is not dependencies comes to about 2 KB a version.
_HUGE_DEPENDENCY_BYTES = 7_200
ADVISORIES = places.CACHE / "advisories.zip"
# The rows of a real export of late 2026: nearly all are malicious names with every version affected.
_MALICIOUS, _VULNERABLE = 234_700, 4_300
_SYLLABLES = "ba be bo da do fa fi ga go ka ki la lo ma mi na no pa po ra ri sa so ta to va vo za zu".split()


def write_huge_packument():
    """tree/upstream/full/huge-packument.json: 10,000 versions of about 9 KB, each a little different from the one before."""
    path = places.TREE / "upstream" / "full" / f"{HUGE}.json"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(90)
    dependencies = _huge_dependencies(rng)
    versions, times = {}, {"created": "2016-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z"}
    for number in range(HUGE_VERSIONS):
        version = f"{number // 500}.{number // 10 % 50}.{number % 10}"
        times[version] = f"{2016 + number // 1000}-{1 + number // 84 % 12:02}-{1 + number // 3 % 28:02}T{number % 24:02}:00:00.000Z"
        versions[version] = _huge_version(rng, version, dependencies)
    document = {
        "_id": HUGE,
        "_rev": "1-0",
        "name": HUGE,
        "dist-tags": {"latest": version},
        "versions": versions,
        "time": times,
        "maintainers": [{"name": "someone", "email": "someone@mail.example"}],
        "readme": "A packument of 90 MB.",
    }
    body = json.dumps(document, separators=(",", ":")).encode()
    path.write_bytes(body)
    (path.parent / f"{path.name}.gz").write_bytes(gzip.compress(body, 6, mtime=0))
    return path


def _huge_version(rng, version, dependencies):
    # From one version to the next few dependencies change, so that it compresses as real documents do (30 to 1).
    for name in rng.sample(sorted(dependencies), 6):
        dependencies[name] = _wanted(rng)
    return {
        "name": HUGE,
        "version": version,
        "description": "Generated for a benchmark",
        "license": "MIT",
        "engines": {"node": ">=18"},
        "dependencies": dict(dependencies),
        "exports": {f"./part-{number}": f"./dist/part-{number}.js" for number in range(40)},
        "dist": {
            "shasum": rng.randbytes(20).hex(),
            "integrity": f"sha512-{base64.b64encode(rng.randbytes(64)).decode()}",
            "tarball": f"{places.UPSTREAM}/{HUGE}/-/{HUGE}-{version}.tgz",
            "fileCount": rng.randrange(3, 900),
            "unpackedSize": rng.randrange(10_000, 90_000_000),
        },
        "_npmUser": {"name": "someone", "email": "someone@mail.example"},
    }


def _huge_dependencies(rng):
    dependencies, size = {}, 0
    while size < _HUGE_DEPENDENCY_BYTES:
        name = f"{_word(rng)}-{_word(rng)}"
        dependencies[name] = _wanted(rng)
        size += len(name) + len(dependencies[name]) + 6
    return dependencies


def _wanted(rng):
    return f"^{rng.randrange(30)}.{rng.randrange(30)}.{rng.randrange(30)}"


def write_advisories():
    """cache/advisories.zip: one OSV record a file, as an export of the npm ecosystem is packed."""
    if ADVISORIES.exists():
        return ADVISORIES
    rng = random.Random(239)
    part = ADVISORIES.parent / "advisories.zip.part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for number in range(_MALICIOUS):
            record = _malicious(rng, number)
            archive.writestr(f"{record['id']}.json", json.dumps(record))
        for number in range(_VULNERABLE):
            record = _vulnerability(rng, number)
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    part.rename(ADVISORIES)
    return ADVISORIES


def _malicious(rng, number):
    name = f"{_word(rng)}-{_word(rng)}-{number}"
    day = f"{rng.randrange(2022, 2027)}-{rng.randrange(1, 11):02}-{rng.randrange(1, 28):02}T08:00:00Z"
    every = rng.random() < 0.94
    listed = [] if every else [f"1.{rng.randrange(9)}.{patch}" for patch in range(rng.randrange(1, 6))]
    ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}]}] if every else []
    origin = {
        "id": f"MAL-{number}",
        "import_time": day,
        "modified_time": day,
        "sha256": rng.randbytes(32).hex(),
        "source": "benchmark",
    }
    if every:
        origin["ranges"] = ranges
    else:
        origin["versions"] = listed
    affected = {
        "package": {"ecosystem": "npm", "name": name},
        "versions": listed,
        "database_specific": {"cwes": [{"cweId": "CWE-506", "name": "Embedded Malicious Code", "description": "Generated."}]},
    }
    if ranges:
        affected["ranges"] = ranges
    return {
        "schema_version": "1.7.4",
        "id": f"MAL-2025-{100_000 + number}",
        "modified": day,
        "published": day,
        "summary": f"Malicious code in {name} (npm)",
        "details": f"\n---\n_-= Per source details. Do not edit below this line.=-_\n\n## Source: benchmark ({origin['sha256']})\n"
        "This record was generated for a benchmark. Any computer that has this package installed or running should be "
        "considered fully compromised. All secrets and keys stored on that computer should be rotated immediately from a "
        "different computer.\n",
        "affected": [affected],
        "references": [{"type": "ADVISORY", "url": f"https://advisories.example/{number}"}],
        "credits": [{"name": "A benchmark", "type": "FINDER"}],
        "database_specific": {"malicious-packages-origins": [origin]},
    }


def _vulnerability(rng, number):
    name = f"{_word(rng)}-{_word(rng)}"
    major = rng.randrange(1, 9)
    events = [{"introduced": f"{major}.0.0"}, {"fixed": f"{major}.{rng.randrange(1, 40)}.{rng.randrange(9)}"}]
    code = "".join(rng.choice("23456789cfghjmpqrvwx") for _ in range(12))
    return {
        "schema_version": "1.7.4",
        "id": f"GHSA-{code[:4]}-{code[4:8]}-{code[8:]}",
        "aliases": [f"CVE-2025-{10_000 + number}"],
        "modified": "2026-01-01T00:00:00Z",
        "published": "2025-12-01T00:00:00Z",
        "summary": f"{name} does something unwise with its input",
        "details": "### Impact\n" + " ".join(_word(rng) for _ in range(150)) + "\n### Patches\nUpgrade.\n",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
        "affected": [
            {"package": {"ecosystem": "npm", "name": name}, "ranges": [{"type": "SEMVER", "events": events}]},
        ],
        "references": [{"type": "WEB", "url": f"https://advisories.example/{code}"}],
        "database_specific": {"cwe_ids": ["CWE-79"], "severity": "HIGH", "github_reviewed": True},
    }


def _word(rng):
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randrange(2, 5)))
