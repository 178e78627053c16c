"""One PDF out of several, with a line of its own on every page.

The line is drawn on the pages themselves: wkhtmltopdf without patched Qt prints no
headers and footers, and pages of an annexed file have their own.
"""

import contextlib
import io
import logging

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from .report_pages import draw_foot


@contextlib.contextmanager
def without_complaints():
    """Keep what pypdf says of a damaged file out of the server's log.

    Files come from unknown hands, and a damaged one is no fault of the server.
    """
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def read_pages(content):
    """Return the pages of a PDF; none when it is encrypted, damaged or no PDF.

    :param bytes content: the file
    """
    try:
        with without_complaints():
            reader = PdfReader(io.BytesIO(content), strict=False)
            if reader.is_encrypted:
                return []
            return list(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, OSError):
        return []


def join_numbered(contents, text):
    """Return one PDF of all pages with ``text`` and ``page / pages`` at their foot.

    :param contents: PDF files as bytes; what cannot be read is left out
    :param str text: number of the document, in ASCII
    """
    pages = [page for content in contents for page in read_pages(content)]
    writer = PdfWriter()
    for number, page in enumerate(pages, start=1):
        foot = draw_foot(page, f"{text}    {number} / {len(pages)}")
        writer.add_page(page).merge_page(foot)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
