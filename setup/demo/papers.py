"""Small files of the story: letters as PDF, a drawn signature."""

import base64
import io

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas


def letter(title, *lines, author=None):
    """Return a PDF of one page; its file may name who wrote it."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    if author:
        page.setAuthor(author)
    page.setFont("Helvetica-Bold", 16)
    page.drawString(72, 760, title)
    page.setFont("Helvetica", 11)
    for number, line in enumerate(lines):
        page.drawString(72, 720 - 18 * number, line)
    page.save()
    return out.getvalue()


def signature():
    """Return a drawn line as a base64 image."""
    image = Image.new("RGBA", (240, 80), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    pen.line(
        [(10, 60), (40, 20), (60, 65), (90, 25), (120, 60), (160, 30), (230, 50)],
        fill=(20, 30, 90, 255),
        width=4,
    )
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()
