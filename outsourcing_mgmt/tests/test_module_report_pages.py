import io

from lxml import html
from pypdf import PdfReader
from reportlab.pdfgen import canvas

from odoo.tests import tagged

from ..tools import report_pages
from .common import TenderCommon

PAGE = """<html><body><main>
<div class="header o_company_1_layout"><p>Our Company</p></div>
<div class="article o_report_layout_standard"><div class="page">
<h2>Title</h2><p>Text</p><h4>Short</h4><table><tbody><tr><td>1</td></tr></tbody></table>
<h4>Long</h4><table class="t"><thead><tr><th style="width: 30%">A</th></tr></thead>
<tbody>{rows}</tbody></table></div></div>
<div class="footer o_company_1_layout">Page: <span class="page"/></div>
</main></body></html>"""


@tagged("post_install", "-at_install")
class TestReportPages(TenderCommon):
    """Letterhead, headings and page numbers without patched Qt."""

    def test_arrange(self):
        rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(60))
        root = html.fromstring(report_pages.arrange(PAGE.format(rows=rows)))
        self.assertFalse(root.xpath("//div[contains(@class, 'footer')]"))
        (article,) = root.xpath("//div[contains(@class, 'article')]")
        self.assertIn("Our Company", article[0].text_content())
        self.assertNotIn("header", article[0].get("class").split())
        kept = root.xpath("//div[contains(@style, 'page-break-inside: avoid')]")
        short, long = kept[-2:]
        self.assertEqual([node.tag for node in short], ["h4", "table"])
        self.assertEqual(len(long.xpath(".//tbody/tr")), 3, "with the first rows")
        cells = root.xpath("//table//td/text()")
        self.assertEqual(cells, ["1", *map(str, range(60))], "no row is lost")

    def test_fewer_rows_fit_on_a_page_in_landscape(self):
        """A heading stood with its columns at the foot of a page, without a row."""
        page = PAGE.format(
            rows="".join(f"<tr><td>{row}</td></tr>" for row in range(20))
        )
        root = html.fromstring(report_pages.arrange(page, orientation="Landscape"))
        long = root.xpath("//div[contains(@style, 'page-break-inside: avoid')]")[-1]
        self.assertEqual(len(long.xpath(".//tbody/tr")), 3)
        root = html.fromstring(report_pages.arrange(page))
        long = root.xpath("//div[contains(@style, 'page-break-inside: avoid')]")[-1]
        self.assertEqual(len(long.xpath(".//tbody/tr")), 20)

    def test_letters_and_logo(self):
        """Letters that can be searched, and no logo of nobody."""
        logo = "data:image/png;base64,AAAA"
        page = PAGE.format(rows="").replace(
            "<p>Our Company", f'<img src="{logo}"/><p>Our Company'
        )
        kept = report_pages.arrange(page).decode()
        self.assertIn(logo, kept)
        self.assertNotIn("sans-serif", kept)
        changed = report_pages.arrange(page, own_fonts=False, placeholder=logo).decode()
        self.assertNotIn("<img", changed)
        self.assertIn("Our Company", changed)
        self.assertIn("sans-serif", changed)

    def _make_pdf(self, *texts):
        """Return a PDF with a page for each text."""
        out = io.BytesIO()
        page = canvas.Canvas(out)
        for text in texts:
            page.drawString(100, 700, text)
            page.showPage()
        page.save()
        return out.getvalue()

    def test_each_document_is_printed_alone(self):
        partners = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        asked = []

        def render(ids, kind="pdf"):
            asked.append(ids)
            return self._make_pdf(f"of {ids}"), kind

        content, kind = report_pages.print_each(
            partners, render, lambda record, pdf: self._make_pdf(f"no. {record.id}")
        )
        self.assertEqual((asked, kind), ([[item.id] for item in partners], "pdf"))
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        self.assertEqual(
            [text.strip() for text in texts], [f"no. {item.id}" for item in partners]
        )
        asked.clear()
        _content, kind = report_pages.print_each(
            partners, lambda ids: render(ids, "html"), None
        )
        self.assertEqual((asked[-1], kind), (partners.ids, "html"), "all at once")

    def test_number_pages(self):
        content = report_pages.number_pages(self._make_pdf("text", "text"), "OC/1 合同")
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        self.assertIn("OC/1    1 / 2", texts[0])
        self.assertIn("OC/1    2 / 2", texts[1])

    def test_documents(self):
        """Every document has room for the letterhead that it prints in the text."""
        reports = self.env["ir.actions.report"].search(
            [
                ("report_name", "=like", "outsourcing\\_mgmt.%"),
                ("report_type", "=", "qweb-pdf"),
            ]
        )
        self.assertTrue(reports)
        for report in reports:
            with self.subTest(report=report.report_name):
                self.assertTrue(report._outsourcing_prints_pages())
                self.assertLessEqual(report.paperformat_id.margin_top, 15)
        tender = self._create_published()
        report = self.env.ref("outsourcing_mgmt.action_report_tender_notice")
        page, _kind = report._render_qweb_html(report.report_name, tender.ids)
        bodies, _ids, header, *_rest = report._prepare_html(
            page, report_model=report.model
        )
        self.assertIn(tender.company_id.name, str(bodies[0]))
        self.assertNotIn(tender.company_id.name, str(header))
