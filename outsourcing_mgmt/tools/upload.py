"""Which files a vendor may hand in."""

import re

MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 10 * MEGABYTE
MAX_FILES = 20
MAX_REQUEST_BYTES = 32 * MEGABYTE

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FILE_TYPES = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (ZIP,),
    ),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (ZIP,),
    ),
    "pptx": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        (ZIP,),
    ),
    "odt": ("application/vnd.oasis.opendocument.text", (ZIP,)),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", (ZIP,)),
    "doc": ("application/msword", (OLE,)),
    "xls": ("application/vnd.ms-excel", (OLE,)),
    "zip": ("application/zip", (ZIP,)),
}
ACCEPT = ",".join(f".{extension}" for extension in FILE_TYPES)

# Control characters, what file systems refuse, and marks of writing direction, which
# show "gnp.js" as "sj.png".
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+"
)


def clean_name(name):
    """Return a file name without folders, control and direction marks."""
    name = name if isinstance(name, str) else ""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _UNSAFE.sub("_", name).strip(" .")
    stem, dot, extension = name.rpartition(".")
    return f"{stem[:100]}{dot}{extension[:20]}" if dot else name[:100]


def clean_path(name):
    """Return a file name in which the folders of a path became words of the name.

    For files whose names the server may have made: "OC/2026/1.pdf".
    """
    parts = (name or "").replace("\\", "/").split("/")
    return clean_name("-".join(part for part in parts if part.strip(". "))) or "file"


def extension(name):
    """Return the extension of a file name in lower case, without the dot."""
    return (name or "").rpartition(".")[2].lower()


def problem(name, content, count=0):
    """Return the code of the rule that a file breaks, or None.

    :param str name: cleaned file name
    :param bytes content: what was uploaded
    :param int count: files that the bid has already
    :return: ``empty``, ``too_many``, ``too_large``, ``type``, ``content`` or None
    """
    if not name or not content:
        return "empty"
    if count >= MAX_FILES:
        return "too_many"
    if len(content) > MAX_FILE_BYTES:
        return "too_large"
    if extension(name) not in FILE_TYPES:
        return "type"
    _mimetype, signatures = FILE_TYPES[extension(name)]
    if not content.startswith(signatures):
        return "content"
    return None


def mimetype(name):
    """Return the type under which a file of this name is stored and served."""
    return FILE_TYPES[extension(name)][0]
