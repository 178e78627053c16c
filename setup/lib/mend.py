"""What Debian's package of Odoo lacks, supplied in our own unpacked copy.

The package leaves out files that are not free software; the web client and pip trip
over two of the holes.
"""

import re

# Chromium logs an error for the missing file, and an error in the console fails a tour
EMPTY_FILES = (
    "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js",
)
# pip would build psycopg2 from source, which needs a compiler and libpq's headers, and
# would bring PyPDF2, whose import is a warning in every log: Odoo works as well with
# psycopg2-binary (the same module, built) and with pypdf (the same library, renamed)
REQUIREMENT = re.compile(
    r"^((?:Requires-Dist: )?)(psycopg2(?!-binary)|PyPDF2)", re.MULTILINE | re.IGNORECASE
)
INSTEAD = {"psycopg2": "psycopg2-binary", "pypdf2": "pypdf"}


def mend(path):
    """Mend the Odoo in ``path`` (a ``dist-packages`` folder)."""
    for name in EMPTY_FILES:
        target = path / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    for record in _metadata(path):
        text = record.read_text(encoding="utf-8")
        mended = REQUIREMENT.sub(_instead, text)
        if mended != text:
            record.write_text(mended, encoding="utf-8")


def _instead(found):
    return found[1] + INSTEAD[found[2].lower()]


def _metadata(path):
    for info in path.glob("odoo-*.egg-info"):
        for name in ("requires.txt", "PKG-INFO"):
            if (info / name).is_file():
                yield info / name
