"""No text of the repository leads to one machine or one registry."""

import re
import subprocess

import repo

# joined here, so that this file does not hold what it forbids
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("rubygems", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]
PLACES = ["/" + "/".join(parts) for parts in (("work", ""), ("root", ""), ("opt", ""))]
BINARY = (".png", ".ico", ".svg", ".pdf", ".xlsx", ".woff2", ".jpg")


def texts():
    """Every text file that git keeps: ``(name, text)``."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repo.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in names:
        path = repo.ROOT / name
        if name and path.is_file() and path.suffix not in BINARY:
            yield name, path.read_text("utf-8", errors="replace")


def test_no_registry_is_named():
    hosts = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, HOSTS))})\b")
    found = [
        f"{name}: {host}"
        for name, text in texts()
        if any(host in text for host in HOSTS)
        for host in hosts.findall(text)
    ]
    assert not found, "pip, apt and npm are used as the machine has them configured"


def test_no_path_of_a_machine():
    found = [
        f"{name}: {place}"
        for name, text in texts()
        for place in PLACES
        if place in text
        and re.search(rf"(?<![\w.\-/}}\])>]){re.escape(place)}\w", text)
    ]
    assert not found


def test_xml_headers():
    """The one form that OCA's checks and prettier both accept."""
    header = '<?xml version="1.0" encoding="UTF-8" ?>'
    wrong = [
        repo.short(path)
        for module in repo.MODULES
        for path in repo.files(module, ".xml")
        if not path.read_text("utf-8").startswith(header)
    ]
    assert not wrong


def test_forbidden_texts_are_found(tmp_path, monkeypatch):
    """A check that finds nothing anywhere would be worth nothing."""
    text = f"fetch it from https://{HOSTS[0]}/simple into {PLACES[0]}main"
    monkeypatch.setattr("test_texts.texts", lambda: [("planted", text)])
    for check in (test_no_registry_is_named, test_no_path_of_a_machine):
        try:
            check()
        except AssertionError:
            continue
        raise AssertionError(f"{check.__name__} overlooks {text}")
