"""Which images are taken as a drawn signature."""

import base64
import io
import struct

from PIL import Image

FORMATS = ("PNG", "JPEG")
MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 8_000_000
MIN_CONTRAST = 60
"""Steps of 256 between a stroke and the paper."""
MIN_INK = 24
"""Pixels of all strokes together."""
MIN_LENGTH = 10
"""Pixels between the ends of the strokes, across or down."""


def read_signature(value):
    """Return a drawn signature as a PNG in base64, without anything else in it.

    :param value: image in base64 or as a data URL (str or bytes)
    :raise ValueError: unless it is a raster image with strokes on it
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if not isinstance(value, str):
        raise ValueError("no image")
    if value.startswith("data:"):
        value = value.partition(",")[2]
    content = base64.b64decode(value, validate=True)
    if not 0 < len(content) <= MAX_BYTES:
        raise ValueError("no content, or too much of it")
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too large")
        image = image.convert("RGBA")
    except (OSError, SyntaxError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError("no raster image") from error
    if not _has_strokes(image):
        raise ValueError("no strokes")
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def read_typed_name(value):
    """Return a typed name, or an empty string where it has fewer than two letters."""
    if not isinstance(value, str):
        return ""
    name = " ".join(value.split())[:100]
    letters = sum(character.isalpha() for character in name)
    return name if letters > 1 else ""


def _has_strokes(image):
    """Whether something is seen on the image when it lies on white paper."""
    paper = Image.new("RGBA", image.size, "white")
    seen = Image.alpha_composite(paper, image).convert("L")
    shades = seen.histogram()
    background = shades.index(max(shades))
    ink = seen.point(
        [255 * (abs(shade - background) > MIN_CONTRAST) for shade in range(256)]
    )
    box = ink.getbbox()
    if not box or ink.histogram()[255] < MIN_INK:
        return False
    return max(box[2] - box[0], box[3] - box[1]) >= MIN_LENGTH
