"""Which files a requester may hand in with a new ticket."""

import re

MEGABYTE = 1024 * 1024
MAX_FILES = 10
MAX_FILE_BYTES = 10 * MEGABYTE
MAX_REQUEST_BYTES = 32 * MEGABYTE

# Control characters, what file systems refuse, and marks of writing direction, which
# show "gnp.js" as "sj.png".
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+"
)


def clean_name(name):
    """Return a file name without folders, control characters and direction marks."""
    name = name if isinstance(name, str) else ""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _UNSAFE.sub("_", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    name = f"{stem[:100]}{dot}{extension[:20]}" if dot else name[:100]
    return name or "file"


def clean_path(name):
    """Return a file name in which the folders of a path became words of the name.

    For files whose names the server may have made: "OC/2026/1.pdf".
    """
    parts = (name or "").replace("\\", "/").split("/")
    return clean_name("-".join(part for part in parts if part.strip(". "))) or "file"
