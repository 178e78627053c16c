"""Who made a file and with which program, as the file itself says.

For PDF and for the ZIP-based office formats. Files come from unknown hands: each part
is limited before it is unpacked, a document type in XML is refused, and whatever is
broken says nothing.
"""

import io
import zipfile
from typing import NamedTuple
from xml.parsers import expat

from pypdf import PdfReader

from .pdf_pages import without_complaints

MAX_BYTES = 10 * 1024 * 1024
MAX_PART_BYTES = 64 * 1024
MAX_TEXT = 200
PARTS = ("docProps/core.xml", "docProps/app.xml", "meta.xml")
AUTHOR_TAGS = ("creator", "lastModifiedBy", "initial-creator")
PROGRAM_TAGS = ("Application", "AppVersion", "generator")


class Metadata(NamedTuple):
    """What a file says of itself."""

    authors: tuple = ()
    """Names of persons, as written."""
    program: str = ""
    """Program with its version."""


def read(content):
    """Return the :class:`Metadata` of a file; empty where it says nothing.

    :param bytes content: the file
    """
    content = content or b""
    if len(content) > MAX_BYTES:
        return Metadata()
    try:
        if content.startswith(b"%PDF-"):
            return _read_pdf(content)
        if content.startswith(b"PK\x03\x04"):
            return _read_archive(content)
    # Any kind of broken file: readers raise a dozen different errors.
    except Exception:  # pylint: disable=broad-except
        return Metadata()
    return Metadata()


def _read_pdf(content):
    with without_complaints():
        info = PdfReader(io.BytesIO(content), strict=False).metadata or {}
    program = " / ".join(
        dict.fromkeys(
            text for key in ("/Creator", "/Producer") if (text := _clean(info.get(key)))
        )
    )
    author = _clean(info.get("/Author"))
    return Metadata((author,) if author else (), program)


def _read_archive(content):
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in set(PARTS).intersection(archive.namelist()):
            with archive.open(name) as stream:
                # The size that the archive states may be a lie.
                text = stream.read(MAX_PART_BYTES + 1)
            if len(text) <= MAX_PART_BYTES:
                _parse(text, found)
    authors = dict.fromkeys(
        text for tag in AUTHOR_TAGS if (text := _clean(found.get(tag)))
    )
    program = " ".join(text for tag in PROGRAM_TAGS if (text := _clean(found.get(tag))))
    return Metadata(tuple(authors), program)


def _parse(text, found):
    """Add the texts of the elements to ``found``, without their namespaces."""
    stack = []

    def start(tag, _attributes):
        stack.append(tag.rpartition("}")[2])

    def data(value):
        if stack:
            found[stack[-1]] = found.get(stack[-1], "") + value

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _tag: stack.pop()
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(text, True)


def _refuse(*_arguments):
    raise ValueError("a document type is not read")


def _clean(value):
    return " ".join(str(value or "").split())[:MAX_TEXT]
