"""Fetch files: bytes shown, cut-off downloads continued, checksums insisted on."""

import hashlib
import http.client
import subprocess
import urllib.request

from .ui import Problem, Progress, size

CHUNK = 1 << 18
TRIES = 3


def _opener():
    """An opener that uses apt's proxy where the environment names none."""
    proxies = urllib.request.getproxies()
    for scheme in ("http", "https"):
        if scheme not in proxies and (proxy := _apt_proxy(scheme)):
            proxies[scheme] = proxy
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies))


def _apt_proxy(scheme):
    try:
        found = subprocess.run(
            ["apt-config", "shell", "PROXY", f"Acquire::{scheme}::Proxy"],
            capture_output=True,
            text=True,
        ).stdout
    except OSError:
        return None
    value = found.partition("=")[2].strip().strip("'\"")
    return None if value in ("", "DIRECT") else value


def read(url, timeout=60):
    """The content of a small file."""
    try:
        with _opener().open(url, timeout=timeout) as answer:
            return answer.read()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Problem(f"cannot fetch {url} ({_reason(error)})") from error


def _reason(error):
    reason = getattr(error, "reason", None) or error
    code = getattr(error, "code", None)
    return f"{code} {reason}" if code else str(reason)


def checksum(path):
    """The SHA-256 of a file."""
    sha = hashlib.sha256()
    with open(path, "rb") as handle:
        while chunk := handle.read(CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def is_whole(path, length, sha256):
    """Whether a file is there and is the one that was promised."""
    return path.is_file() and path.stat().st_size == length and checksum(path) == sha256


def fetch(url, target, length, sha256):
    """Bring ``url`` to ``target``, or raise; ``target`` is never a half or wrong file.

    Bytes go to ``target.part``. A later run continues that file, and a part which
    turns out wrong is thrown away, so that the next try begins anew.
    """
    if is_whole(target, length, sha256):
        return target
    target.unlink(missing_ok=True)
    part = target.with_name(target.name + ".part")
    opener = _opener()
    trouble = "no answer"
    for _attempt in range(TRIES):
        try:
            _continue(opener, url, part, length)
        except (OSError, http.client.HTTPException) as error:
            trouble = _reason(error)
            if getattr(error, "code", None) in (403, 404, 410):
                break
            if getattr(error, "code", None) == 416:
                part.unlink(missing_ok=True)
            continue
        if is_whole(part, length, sha256):
            part.replace(target)
            return target
        trouble = "what arrived does not match the checksum of the index"
        if part.exists() and part.stat().st_size >= length:
            part.unlink()
    raise Problem(
        f"cannot fetch {url} ({trouble}): check the network or name another mirror"
        " in DEBIAN_MIRROR, then run again"
    )


def _continue(opener, url, part, length):
    """Append to ``part`` what it lacks; the server may insist on the whole again."""
    have = part.stat().st_size if part.exists() else 0
    if have >= length:
        if have > length:
            part.unlink()
            have = 0
        else:
            return
    request = urllib.request.Request(url)
    if have:
        request.add_header("Range", f"bytes={have}-")
    progress = Progress(part.name.removesuffix(".part"), every=5.0)
    with opener.open(request, timeout=60) as answer:
        if have and answer.status != 206:
            have = 0
        with open(part, "ab" if have else "wb") as handle:
            while chunk := answer.read(CHUNK):
                handle.write(chunk)
                have += len(chunk)
                progress.update(f"{size(have)} of {size(length)}")
    progress.done(f"{size(have)} of {size(length)}")
