"""The URLs of the workload, read from the tree that bench/fixture laid out."""

from urllib.parse import quote

from lib import generated, places


def packuments():
    """Paths of all recorded packuments, as npm writes them: /chalk, /@scope%2fname."""
    folder = places.TREE / "static" / "abbreviated"
    names = sorted(str(file.relative_to(folder)).removesuffix(".json") for file in folder.glob("**/*.json"))
    return ["/" + quote(name, safe="@").replace("%2F", "%2f") for name in names if name != generated.HUGE]


def tarballs():
    """Paths of all recorded tarballs: /@scope/name/-/name-1.0.0.tgz."""
    folder = places.TREE / "tarballs"
    return sorted("/" + str(file.relative_to(folder)) for file in folder.glob("**/*.tgz"))


def tarball_of(name):
    """The recorded tarball of a package; the newest name in sorting order if there are several."""
    start = f"/{name}/-/"
    return max(path for path in tarballs() if path.startswith(start))


def largest_packument():
    """(path, bytes) of the largest full packument of the recording."""
    folder = places.TREE / "upstream" / "full"
    sizes = {file: file.stat().st_size for file in folder.glob("**/*.json") if file.stem != generated.HUGE}
    file = max(sizes, key=sizes.get)
    return "/" + quote(str(file.relative_to(folder)).removesuffix(".json"), safe="@"), sizes[file]
