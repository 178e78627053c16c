"""Where things lie: the checkout, and one cache outside it that all commands share."""

import contextlib
import fcntl
import hashlib
import os
import time
from pathlib import Path

from .ui import Problem, say

CHECKOUT = Path(__file__).resolve().parents[2]
SETUP = CHECKOUT / "setup"


def cache_root():
    """The cache of this user, made when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    root = Path(base).absolute() / "outsourcing-suite"
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe = root / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"cannot write into the cache {root} ({error.strerror}): make it writable"
            " or set XDG_CACHE_HOME to a folder of yours"
        ) from error
    return root


def folder(*parts):
    """A folder in the cache, made when missing."""
    path = cache_root().joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def digest(*parts):
    """A short name for any number of texts together."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextlib.contextmanager
def lock(name):
    """Keep others out of one part of the cache; the kernel frees it if we die."""
    path = folder("locks") / f"{name}.lock"
    with open(path, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"    waiting for another run that is preparing the same ({name})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def log_file(name):
    """A fresh log in the cache; the newest forty are kept."""
    logs = folder("logs")
    for old in sorted(logs.glob("*.log"), key=lambda path: path.stat().st_mtime)[:-40]:
        old.unlink(missing_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return logs / f"{stamp}-{os.getpid()}-{name}.log"
