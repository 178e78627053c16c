"""Letterhead, headings and page numbers of printed documents.

wkhtmltopdf without patched Qt, which Debian ships, prints neither headers nor footers.
So the letterhead is printed once at the beginning of the document, and the numbers are
drawn on the finished pages; both look the same with a patched one.
"""

import io

import lxml.html
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen import canvas

FONT, SIZE, MARGIN = "Helvetica", 8, 24
HEADINGS = ("h2", "h3", "h4", "h5")
MAX_ROWS = {"Portrait": 25, "Landscape": 9}
"""Rows of a section that fits on a page; a longer one is broken where it must be.

In landscape fewer rows fit, of two lines each.
"""
KEEP = "page-break-inside: avoid;"
STYLE = """
.article .table-bordered td, .article .table-bordered th {
    padding-left: 6px !important; padding-right: 6px !important;
}
.article tr { page-break-inside: avoid; }
"""
"""Core takes the padding from the outer cells of a table, which have a border here. No
row is cut in two by the end of a page."""
SYSTEM_FONTS = """
.article, .article * {
    font-family: "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif !important;
}
.article code, .article code *, .article .font-monospace, .article .font-monospace * {
    font-family: "DejaVu Sans Mono", "Liberation Mono", monospace !important;
}
.article .fa { font-family: FontAwesome !important; }
"""
"""Without patched Qt, letters of the fonts that a page brings are printed as drawings:
nobody can search, copy or read them aloud, and a page takes megabytes."""


def print_each(records, render, number):
    """Print documents one by one, as each has page numbers of its own.

    :param records: what is printed, one or more
    :param render: function of ids; returns a content and what it is, ``pdf`` or
        another kind where nothing can print
    :param number: function of one record and its PDF; returns it with its numbers
    :return: content and kind of all together
    """
    contents = []
    for record in records:
        content, kind = render(record.ids)
        if kind != "pdf":
            # Pages of HTML have no numbers.
            return (content, kind) if len(records) == 1 else render(records.ids)
        contents.append(number(record, content))
    return (contents[0] if len(contents) == 1 else _merge(contents)), "pdf"


def _merge(contents):
    """Return one PDF with the pages of several."""
    writer = PdfWriter()
    for content in contents:
        writer.append(io.BytesIO(content))
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def arrange(html, own_fonts=True, placeholder="", orientation="Portrait"):
    """Return the HTML of documents as they are printed.

    The header of each document becomes the beginning of its text and the footer goes;
    a heading and what stands below it stay on one page.

    :param html: whole page of HTML, as bytes or text
    :param bool own_fonts: print with the fonts of the page, not of the system
    :param str placeholder: source of the picture that stands for a missing logo; a
        letterhead without a logo is better than one of nobody
    :param str orientation: of the paper, ``Portrait`` or ``Landscape``
    """
    parser = lxml.html.HTMLParser(encoding="utf-8")
    root = lxml.html.fromstring(html, parser=parser)
    for node in _find(root, "footer"):
        node.getparent().remove(node)
    for article in _find(root, "article"):
        header = article.getprevious()
        if header is not None and "header" in header.get("class", "").split():
            _move_letterhead(header, article)
        for page in _find(article, "page") or [article]:
            _keep_sections(page, MAX_ROWS[orientation or "Portrait"])
        for image in article.xpath(".//img[@src=$source]", source=placeholder):
            image.drop_tree()
        style = root.makeelement("style", {})
        style.text = STYLE if own_fonts else STYLE + SYSTEM_FONTS
        article.append(style)
    return lxml.html.tostring(root, encoding="utf-8")


def number_pages(content, text):
    """Return a PDF with ``text`` and ``page / pages`` at the foot of each page.

    :param bytes content: the PDF
    :param str text: number of the document; what is not ASCII is left out
    """
    pages = list(PdfReader(io.BytesIO(content)).pages)
    text = text.encode("ascii", "ignore").decode().strip()
    writer = PdfWriter()
    for number, page in enumerate(pages, start=1):
        foot = draw_foot(page, f"{text}    {number} / {len(pages)}".strip())
        writer.add_page(page).merge_page(foot)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def draw_foot(page, text):
    """Return a page of the size of ``page`` with nothing but a line at its foot."""
    box = page.mediabox
    left, bottom = float(box.left), float(box.bottom)
    width = float(box.width)
    out = io.BytesIO()
    foot = canvas.Canvas(out, pagesize=(left + width, bottom + MARGIN * 2))
    foot.setFont(FONT, SIZE)
    foot.drawCentredString(left + width / 2, bottom + MARGIN / 2, text)
    foot.save()
    return PdfReader(io.BytesIO(out.getvalue())).pages[0]


def _find(node, name):
    """Return the div elements of a class below a node."""
    word = f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
    return node.xpath(f".//div[{word}]")


def _move_letterhead(header, article):
    header.getparent().remove(header)
    words = [word for word in header.get("class", "").split() if word != "header"]
    header.set("class", " ".join([*words, "mb-3"]))
    article.insert(0, header)


def _keep_sections(page, max_rows):
    """Wrap each heading of a page with what follows it up to the next heading."""
    for heading in [child for child in page if child.tag in HEADINGS]:
        section = [heading]
        for node in heading.itersiblings():
            if not isinstance(node.tag, str) or _begins_section(node):
                break
            section.append(node)
        if sum(len(node.xpath(".//tr")) for node in section) > max_rows:
            _keep_beginning(section)
            continue
        _wrap(section)


def _begins_section(node):
    """Whether a node is a heading, or a block with headings of its own."""
    return node.tag in HEADINGS or any(
        node.find(f".//{tag}") is not None for tag in HEADINGS
    )


def _keep_beginning(section):
    """Keep a heading with the first rows of a table that is longer than a page."""
    for node in section[1:]:
        if node.tag == "table" and (body := node.find("tbody")) is not None:
            first = lxml.html.fromstring(lxml.html.tostring(node))
            rows = list(body)
            for row in list(first.find("tbody"))[3:]:
                row.getparent().remove(row)
            for row in rows[:3]:
                body.remove(row)
            first.tail = None
            node.addprevious(first)
            first.set("class", f"{first.get('class', '')} mb-0")
            if (head := node.find("thead")) is not None:
                node.remove(head)
                _copy_widths(first, node)
            _wrap([*section[: section.index(node)], first])
            return


def _copy_widths(first, rest):
    """Give the rest of a table the columns of its first rows."""
    heads = first.xpath("./thead/tr[last()]/*")
    columns = rest.makeelement("colgroup", {})
    for head in heads:
        style = head.get("style", "")
        columns.append(rest.makeelement("col", {"style": style} if style else {}))
    rest.insert(0, columns)
    rest.set("style", f"{rest.get('style', '')} table-layout: fixed;")
    first.set("style", f"{first.get('style', '')} table-layout: fixed;")


def _wrap(nodes):
    block = nodes[0].makeelement("div", {"style": KEEP})
    nodes[0].addprevious(block)
    for node in nodes:
        block.append(node)
