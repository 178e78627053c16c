"""Odoo itself: the one the user names, or Debian's package unpacked into the cache."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from . import aptindex, download, mend
from .paths import folder, lock
from .ui import Problem, Progress, say, size, step

SERIES = (19, 0)
PINNED = "19.0.0+dfsg-1"
# suite -> packages; Font Awesome's files bear the names Odoo links to in bookworm only
PACKAGES = {
    "unstable": (
        "odoo-19",
        "fonts-inconsolata",
        "fonts-montserrat",
        "fonts-ocr-b",
        "fonts-roboto-unhinted",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
    ),
    "bookworm": ("fonts-font-awesome",),
}
STAMP = "complete.json"


class Odoo(NamedTuple):
    """An Odoo to run: the folder to put on Python's path, and what names it."""

    path: Path
    version: str
    ours: bool

    @property
    def package(self):
        """The folder of the Python package ``odoo``."""
        return self.path / "odoo"


def find():
    """The Odoo to use; Debian's is fetched when the user names none."""
    if named := os.environ.get("ODOO_SRC"):
        return _check(Path(named).expanduser().absolute(), "ODOO_SRC")
    if imported := _importable():
        return _check(imported, "the odoo that python3 imports")
    with lock("odoo"):
        return _cached() or _fetch()


def _importable():
    """The folder of an ``odoo`` that this Python imports.

    None for that of the cache, which the environment of the suite imports: it has its
    own way, and would be prepared a second time under another name.
    """
    code = "import odoo.release as r; print(r.__file__)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/"
    )
    if answer.returncode:
        return None
    found = Path(answer.stdout.strip()).resolve().parents[1]
    return None if found.is_relative_to(folder("odoo").resolve()) else found


def _check(path, origin):
    """Refuse what is not Odoo 19.0."""
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise Problem(f"{origin} ({path}) holds no Odoo: no odoo/release.py in it")
    found = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.M)
    if not found or (int(found[1]), int(found[2])) != SERIES:
        have = f"{found[1]}.{found[2]}" if found else "unknown"
        raise Problem(f"{origin} ({path}) is Odoo {have}: these modules need 19.0")
    return Odoo(path, "19.0", ours=False)


def _dist_packages(root):
    return root / "usr" / "lib" / "python3" / "dist-packages"


def _cached():
    """A whole unpacked package, the pinned version before others."""
    base = folder("odoo")
    for leftover in base.glob("*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)
    roots = sorted(base.glob("*/" + STAMP), key=lambda path: path.stat().st_mtime)
    roots = [path.parent for path in roots]
    roots.sort(key=lambda path: path.name == PINNED, reverse=True)
    for root in roots:
        if _is_whole(root):
            mend.mend(_dist_packages(root))
            return Odoo(_dist_packages(root), root.name, ours=True)
        say(f"    the unpacked Odoo in {root} is damaged: it is made anew")
        shutil.rmtree(root)
    return None


def _is_whole(root):
    """Whether the tree still has as many add-ons as when it was unpacked."""
    try:
        stamp = json.loads((root / STAMP).read_text())
        return stamp["addons"] == _count_addons(root)
    except (OSError, ValueError, KeyError):
        return False


def _count_addons(root):
    package = _dist_packages(root) / "odoo"
    if not (package / "release.py").is_file():
        return 0
    return sum(
        (addon / "__manifest__.py").is_file()
        for addon in (package / "addons").iterdir()
    )


def _fetch():
    """Download, check, unpack and mend Debian's package; no root needed."""
    if not shutil.which("dpkg-deb"):
        raise Problem(
            "dpkg-deb is missing (this is not Debian or Ubuntu?): install dpkg, or set"
            " ODOO_SRC to an Odoo 19 you have"
        )
    step("Odoo 19: looking in the archives apt knows")
    archive, packages = _look_up()
    odoo = packages["odoo-19"]
    say(f"    odoo-19 {odoo.version} at {archive.base}")
    downloads = folder("downloads")
    needed = odoo.size + odoo.installed * 2
    free = shutil.disk_usage(downloads).free
    if free < needed:
        raise Problem(
            f"{downloads} has {size(free)} free and Odoo needs {size(needed)}: make"
            " room or set XDG_CACHE_HOME to another disk"
        )
    files = {
        package: download.fetch(
            archive.url(package.filename),
            downloads / package.filename.rsplit("/", 1)[-1],
            package.size,
            package.sha256,
        )
        for package in packages.values()
    }
    root = folder("odoo") / odoo.version
    unpacked = root.with_name(root.name + ".tmp")
    unpacked.mkdir()
    step("Odoo 19: unpacking")
    for package, path in files.items():
        _unpack(path, unpacked, package)
    mend.mend(_dist_packages(unpacked))
    stamp = {
        "addons": _count_addons(unpacked),
        "packages": {package.name: package.version for package in files},
    }
    (unpacked / STAMP).write_text(json.dumps(stamp, indent=1))
    shutil.rmtree(root, ignore_errors=True)
    unpacked.rename(root)
    for path in files.values():
        path.unlink()
    return Odoo(_dist_packages(root), root.name, ours=True)


def _look_up():
    """The first archive that has all packages, and them."""
    trouble = None
    for base in aptindex.mirrors():
        archive = aptindex.Archive(base)
        try:
            return archive, _packages(archive)
        except Problem as problem:
            trouble = trouble or problem
    raise Problem(
        f"no Debian archive in reach: {trouble}; connect to the network, set"
        " DEBIAN_MIRROR to a Debian mirror, or ODOO_SRC to an Odoo 19 you have"
    )


def _packages(archive):
    chosen = {}
    for suite, names in PACKAGES.items():
        found = archive.packages(suite, names)
        for name in names:
            versions = found.get(name, [])
            if name == "odoo-19":
                versions = [p for p in versions if p.version.startswith("19.0")]
            if not versions:
                raise Problem(f"{archive.base} has no {name} in {suite}")
            pinned = [p for p in versions if p.version == PINNED]
            chosen[name] = pinned[0] if pinned else aptindex.newest(versions)
    return chosen


def _unpack(deb, target, package):
    """Unpack a package as its own user, showing how far it is."""
    progress = Progress(f"{package.name} {package.version}", every=5.0)
    producer = subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE
    )
    consumer = subprocess.Popen(
        ["tar", "-x", "-f", "-", "--no-same-owner", "-C", str(target)],
        stdin=subprocess.PIPE,
    )
    done = 0
    try:
        while chunk := producer.stdout.read(download.CHUNK):
            consumer.stdin.write(chunk)
            done += len(chunk)
            progress.update(f"{size(done)} of about {size(package.installed)}")
        consumer.stdin.close()
    except BrokenPipeError:
        pass  # tar told why on its own
    finally:
        status = (producer.wait(), consumer.wait())
    if status != (0, 0):
        raise Problem(f"cannot unpack {deb} into {target} (disk full?)")
    progress.done(size(done))
