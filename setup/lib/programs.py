"""What pip cannot bring: Chromium for tours, wkhtmltopdf and fonts for PDF."""

import os
import shutil
import subprocess

from .paths import lock, log_file
from .ui import Problem, Progress, say, step

# what it is for -> the commands that will do, and Debian's package
PROGRAMS = {
    "browser tours": (
        ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable"),
        "chromium",
    ),
    "PDF reports": (("wkhtmltopdf",), "wkhtmltopdf"),
}
FONTS = "fonts-wqy-microhei"
"""Debian's package of a font with Chinese characters; without one a PDF has boxes."""


def is_strict():
    """Whether this run must not skip anything (``CI=true``)."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def missing(purposes=tuple(PROGRAMS)):
    """The purposes for which no program is there."""
    return [
        purpose
        for purpose in purposes
        if not any(shutil.which(command) for command in PROGRAMS[purpose][0])
    ]


def provide(purposes, strict):
    """Install what is missing when root may; the purposes that stay unserved."""
    lacking = missing(purposes)
    if lacking and _may_install():
        with lock("apt"):
            # another run may have installed them while this one waited
            lacking = missing(purposes)
            packages = [PROGRAMS[purpose][1] for purpose in lacking]
            if packages:
                step(f"installing {', '.join(packages)} with apt")
                if not _apt(packages):
                    say("    apt could not install them all")
                lacking = missing(purposes)
    for purpose in lacking:
        package = PROGRAMS[purpose][1]
        line = f"{package} is missing, needed for {purpose}: apt-get install {package}"
        if strict:
            raise Problem(line)
        say(f"    note: {line}")
    return lacking


def provide_chinese_font():
    """Install a font for Chinese PDF when there is none and root may."""
    if not _has_chinese_font() and _may_install():
        with lock("apt"):
            if not _has_chinese_font():
                step(f"installing {FONTS} with apt")
                _apt([FONTS])
    if not _has_chinese_font():
        say(f"    note: no Chinese font for PDF reports: apt-get install {FONTS}")


def _may_install():
    """Whether apt is here and this process may use it."""
    return os.geteuid() == 0 and bool(shutil.which("apt-get"))


def _has_chinese_font():
    """Whether a font has Chinese characters; True where nothing can tell."""
    if not shutil.which("fc-list"):
        return True
    found = subprocess.run(
        ["fc-list", ":lang=zh"], capture_output=True, text=True, check=False
    )
    return bool(found.stdout.strip())


def _apt(packages):
    """Install packages; the lists are fetched when apt does not know them yet."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    log = log_file("apt")
    # a package manager of the machine may hold the lock of dpkg for a while
    patience = ("-o", "DPkg::Lock::Timeout=300")
    with open(log, "w") as copy:
        for arguments in (
            ["install", "-y", "--no-install-recommends", *packages],
            ["update"],
            ["install", "-y", "--no-install-recommends", *packages],
        ):
            progress = Progress(f"apt-get {arguments[0]}", every=5.0)
            with subprocess.Popen(
                ["apt-get", *patience, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env=environment,
            ) as process:
                for line in process.stdout:
                    copy.write(line)
                    progress.update(line.strip()[:80])
            progress.done("done" if not process.returncode else "failed")
            if arguments[0] == "install" and not process.returncode:
                return True
    say(f"    log: {log}")
    return False
