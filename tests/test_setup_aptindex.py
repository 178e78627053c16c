"""The archive's indexes, and where apt says they are."""

import subprocess

import pytest
from lib import aptindex
from lib.ui import Problem

INDEX = """Package: other
Version: 1
Filename: pool/o/other.deb
Size: 1
SHA256: 00

Package: odoo-19
Version: 19.0.0+dfsg-1
Installed-Size: 1000
Description: long
 continued: not a field
Filename: pool/main/o/odoo/odoo-19_19.0.0+dfsg-1_all.deb
Size: 122533504
SHA256: ABCDEF

Package: odoo-19
Version: 19.0.0+dfsg-2
Filename: pool/main/o/odoo/odoo-19_19.0.0+dfsg-2_all.deb
Size: 5
SHA256: 12

"""
RELEASE = """Origin: Debian
MD5Sum:
 d41d8 0 main/binary-amd64/Packages.xz
SHA256:
 aa11 10 main/binary-amd64/Packages
 BB22 20 main/binary-amd64/Packages.xz
 cc33 30 contrib/binary-amd64/Packages.xz
SHA512:
 dd44 20 main/binary-amd64/Packages.xz
"""


def test_index_is_read():
    found = aptindex.parse_index(INDEX, {"odoo-19"})
    assert list(found) == ["odoo-19"]
    first, second = found["odoo-19"]
    assert first.filename.endswith("dfsg-1_all.deb")
    assert (first.size, first.sha256) == (122533504, "abcdef")
    assert first.installed == 1024000
    assert second.installed == 0


def test_incomplete_entry_is_refused():
    text = INDEX.replace("SHA256: ABCDEF\n", "")
    with pytest.raises(Problem, match="SHA256"):
        aptindex.parse_index(text, {"odoo-19"})


def test_newest():
    packages = aptindex.parse_index(INDEX, {"odoo-19"})["odoo-19"]
    assert aptindex.newest(packages, lambda a, b: a > b).version.endswith("-2")


def test_release_checksum():
    path = "main/binary-amd64/Packages.xz"
    assert aptindex.release_checksum(RELEASE, path) == "bb22"
    assert aptindex.release_checksum(RELEASE, "main/binary-arm/Packages.xz") is None


def test_candidates(tmp_path):
    listing = tmp_path / "mirrors"
    listing.write_text("# mine\nhttps://one.example/debian\n\n")
    found = aptindex.candidates(
        [
            "http://two.example/ubuntu/",
            f"mirror+file:{listing}",
            "cdrom:[disc]/",
            "http://three.example/debian/",
            "http://three.example/debian",
        ]
    )
    assert found == [
        "https://one.example/debian",
        "http://three.example/debian",
        "http://two.example/debian",
    ]


def test_the_user_names_a_mirror(monkeypatch):
    monkeypatch.setenv("DEBIAN_MIRROR", "http://mine.example/debian/")
    assert aptindex.mirrors() == ["http://mine.example/debian"]


def test_no_mirror_is_one_line(monkeypatch):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)

    def run(*_words, **_options):
        raise FileNotFoundError("apt-get")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(Problem, match="DEBIAN_MIRROR") as caught:
        aptindex.mirrors()
    assert "\n" not in str(caught.value)


def test_wrong_index_is_refused(monkeypatch):
    answers = {"InRelease": RELEASE.encode(), "Packages.xz": b"anything", "bb22": b"x"}
    monkeypatch.setattr(
        aptindex.download,
        "read",
        lambda url, timeout=0: answers[url.rsplit("/", 1)[-1]],
    )
    monkeypatch.setattr(aptindex, "_verify_signature", lambda release, suite: None)
    monkeypatch.setattr(aptindex, "architecture", lambda: "amd64")
    with pytest.raises(Problem, match="does not match its checksum"):
        aptindex.Archive("http://a.example/debian").packages("unstable", {"odoo-19"})
