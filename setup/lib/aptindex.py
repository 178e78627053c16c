"""Find packages in a Debian archive through the machine's own apt configuration."""

import hashlib
import lzma
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from . import download
from .ui import Problem, say

KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/etc/apt/trusted.gpg.d/debian-archive-keyring.gpg",
)


class Package(NamedTuple):
    """One package of an index, with what is needed to fetch and to check it."""

    name: str
    version: str
    filename: str
    size: int
    sha256: str
    installed: int


def parse_index(text, wanted):
    """Read ``wanted`` packages from the text of a ``Packages`` file: name -> list."""
    found = {}
    for block in text.split("\n\n"):
        name = re.match(r"Package: (\S+)", block)
        if not name or name[1] not in wanted:
            continue
        fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", block, re.MULTILINE))
        try:
            package = Package(
                name=fields["Package"],
                version=fields["Version"],
                filename=fields["Filename"],
                size=int(fields["Size"]),
                sha256=fields["SHA256"].lower(),
                installed=int(fields.get("Installed-Size", 0)) * 1024,
            )
        except (KeyError, ValueError) as error:
            raise Problem(
                f"the archive's index describes {name[1]} incompletely ({error}):"
                " name another mirror in DEBIAN_MIRROR"
            ) from error
        found.setdefault(package.name, []).append(package)
    return found


def newest(packages, newer=None):
    """The newest of several versions of a package."""
    newer = newer or _dpkg_newer
    best = packages[0]
    for package in packages[1:]:
        if newer(package.version, best.version):
            best = package
    return best


def _dpkg_newer(left, right):
    command = ["dpkg", "--compare-versions", left, "gt", right]
    return subprocess.run(command).returncode == 0


def mirrors():
    """Archives that may hold Debian's packages, the likeliest first."""
    if named := os.environ.get("DEBIAN_MIRROR"):
        return [named.rstrip("/")]
    try:
        listed = subprocess.run(
            [
                "apt-get",
                "indextargets",
                "--format",
                "$(REPO_URI)",
                "Created-By: Packages",
            ],
            capture_output=True,
            text=True,
        ).stdout
    except OSError:
        listed = ""
    found = candidates(listed.split())
    if not found:
        raise Problem(
            "apt names no archive on this machine: set DEBIAN_MIRROR to the address of"
            " a Debian mirror, or ODOO_SRC to an Odoo 19 you have"
        )
    return found


def candidates(uris):
    """Turn apt's addresses into archives to ask; pure but for mirror lists on disk."""
    bases = []
    for uri in uris:
        if uri.startswith("mirror+file:"):
            listing = Path("/" + uri.removeprefix("mirror+file:").strip("/"))
            bases += [
                line.split()[0]
                for line in (listing.read_text() if listing.is_file() else "").split(
                    "\n"
                )
                if line.strip() and not line.startswith("#")
            ]
        elif uri.startswith(("http://", "https://", "file:")):
            bases.append(uri)
    bases = [base.rstrip("/") for base in bases]
    own = [base for base in bases if base.rsplit("/", 1)[-1] == "debian"]
    # mirrors of Ubuntu usually carry Debian beside it
    beside = [
        base.rsplit("/", 1)[0] + "/debian"
        for base in bases
        if base.count("/") > 2 and base not in own
    ]
    return list(dict.fromkeys(own + beside))


class Archive:
    """A Debian mirror whose indexes were checked against its release files."""

    def __init__(self, base):
        self.base = base

    def url(self, path):
        """The full address of a file of the archive."""
        return f"{self.base}/{path}"

    def packages(self, suite, wanted):
        """The ``wanted`` packages of a suite, from a verified index."""
        release = download.read(self.url(f"dists/{suite}/InRelease"))
        _verify_signature(release, suite)
        path = f"main/binary-{architecture()}/Packages.xz"
        expected = release_checksum(release.decode("utf-8", "replace"), path)
        if not expected:
            raise Problem(
                f"{self.base} has no index {path} of {suite}:"
                " name another mirror in DEBIAN_MIRROR"
            )
        # by-hash survives an archive that is being updated while we read it
        packed = None
        for place in (f"main/binary-{architecture()}/by-hash/SHA256/{expected}", path):
            try:
                packed = download.read(self.url(f"dists/{suite}/{place}"), timeout=300)
                break
            except Problem as problem:
                trouble = problem
        if packed is None:
            raise trouble
        if hashlib.sha256(packed).hexdigest() != expected:
            raise Problem(
                f"the index of {suite} at {self.base} does not match its checksum:"
                " run again later or name another mirror in DEBIAN_MIRROR"
            )
        try:
            text = lzma.decompress(packed).decode("utf-8", "replace")
        except lzma.LZMAError as error:
            raise Problem(
                f"the index of {suite} cannot be unpacked: {error}"
            ) from error
        return parse_index(text, wanted)


def release_checksum(text, path):
    """The SHA-256 that a release file promises for ``path``."""
    section = re.search(r"^SHA256:\n((?: .*\n?)+)", text, re.MULTILINE)
    for line in section[1].splitlines() if section else []:
        parts = line.split()
        if len(parts) == 3 and parts[2] == path:
            return parts[0].lower()
    return None


def _verify_signature(release, suite):
    """Refuse a release file with a bad signature; say so where none can be checked."""
    keyring = next((path for path in KEYRINGS if Path(path).is_file()), None)
    status = ""
    if keyring:
        with tempfile.NamedTemporaryFile() as handle:
            handle.write(release)
            handle.flush()
            try:
                status = subprocess.run(
                    ["gpgv", "--status-fd", "1", "--keyring", keyring, handle.name],
                    capture_output=True,
                    text=True,
                ).stdout
            except OSError:
                status = ""
    if "BADSIG" in status:
        raise Problem(
            f"the release file of Debian {suite} carries a wrong signature:"
            " name another mirror in DEBIAN_MIRROR"
        )
    if "VALIDSIG" not in status:
        say(
            f"    note: the signature of Debian {suite} was not checked"
            " (needs gpgv and debian-archive-keyring); checksums were"
        )


def architecture():
    """This machine's Debian architecture."""
    try:
        found = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True
        ).stdout.strip()
    except OSError:
        found = ""
    return found or "amd64"
