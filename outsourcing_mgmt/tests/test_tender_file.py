import base64
import io

from pypdf import PdfReader
from reportlab.pdfgen import canvas

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, tagged

from ..models.tender.tender_file import render_tender_file
from ..tools import pdf_pages
from .common import TenderCommon


def draw(*texts):
    """Return a PDF with one page for each text."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(300, 400))
    for text in texts:
        page.drawString(20, 200, text)
        page.showPage()
    page.save()
    return out.getvalue()


@tagged("standard", "at_install")
class TestPdfPages(BaseCase):
    """Pages of several files become one document that numbers them."""

    def test_joined_and_numbered(self):
        content = pdf_pages.join_numbered(
            [draw("first"), b"no pdf at all", draw("second", "third")], "T/1/F1"
        )
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        self.assertEqual(len(texts), 3)
        for number, (text, word) in enumerate(
            zip(texts, ("first", "second", "third"), strict=True), start=1
        ):
            self.assertIn(word, text)
            self.assertIn("T/1/F1", text)
            self.assertIn(f"{number} / 3", text)

    def test_damaged_files_have_no_pages(self):
        good = draw("text")
        with self.assertNoLogs("pypdf", "WARNING"):
            for content in (b"", b"%PDF-1.4", good[: len(good) // 3], b"\x00" * 50):
                self.assertEqual(pdf_pages.read_pages(content), [])


@tagged("post_install", "-at_install")
class TestTenderFile(TenderCommon):
    """One numbered file is published with the notice, and anew by each addendum."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_tender(
            document_ids=[
                Command.create(
                    {
                        "name": name,
                        "document_type": kind,
                        "file_name": f"{kind}.pdf",
                        "file": base64.b64encode(draw(name)),
                    }
                )
                for name, kind in (
                    ("Floor plans", "specification"),
                    ("Contract of services", "contract_draft"),
                )
            ],
        )
        cls.tender.criterion_ids.filtered(
            lambda item: item.kind == "scored"
        ).min_points = 50
        cls._sign_off(cls.tender)
        cls.tender.action_publish()

    def _get_file(self, state="published"):
        return self.tender.document_ids.filtered(
            lambda item: item.file_number and item.state == state
        )

    def test_made_by_the_publication(self):
        file = self._get_file()
        self.assertRecordValues(
            file,
            [
                {
                    "file_number": f"{self.tender.name}/F1",
                    "document_type": "tender_file",
                    "version": 1,
                }
            ],
        )
        # sudo: the chain is read by a test.
        logged = (
            self.env["outsourcing.audit.log"]
            .sudo()
            .search([("verb", "=", "tender_file")], order="id desc", limit=1)
        )
        self.assertIn(file.sha256, str(logged.details))
        text = base64.b64decode(file.file).decode()
        for part in (
            f"{self.tender.name}/F1",
            "Instructions to bidders",
            "Bid form",
            "Floor plans",
            "Contract of services",
            "A bid above the reference price is rejected",
            "3 voting members",
            "lowest price /",
            "50.0",
            "independently of other bidders",
            self.tender.reference_price_id.commitment,
        ):
            self.assertIn(part, text)
        self.assertNotIn("120,000", text, "the reference price is secret")
        self.assertNotIn(self.members[0].name, text, "members are not named")

    def test_an_addendum_makes_the_next_one(self):
        first = self._get_file()
        line = self.tender.line_ids[0]
        addendum = self.tender.addendum_ids.create(
            {
                "tender_id": self.tender.id,
                "subject": "More months",
                "price_statement": "The rates hold for each unit.",
                "change_ids": [Command.create({"line_id": line.id, "product_qty": 37})],
            }
        )
        addendum.with_user(self.officer_user).action_sign_off()
        addendum.action_publish()
        self.assertEqual(self._get_file("superseded"), first)
        second = self._get_file()
        self.assertRecordValues(
            second,
            [
                {
                    "file_number": f"{self.tender.name}/F2",
                    "supersedes_id": first.id,
                    "addendum_id": addendum.id,
                    "version": 2,
                }
            ],
        )
        text = base64.b64decode(second.file).decode()
        self.assertIn("37.0", text)
        self.assertIn("More months", text)

    def test_nobody_makes_or_replaces_it_by_hand(self):
        documents = self.env["outsourcing.tender.document"]
        documents = documents.with_user(self.procurement_user)
        draft = self._create_tender()
        values = {
            "tender_id": draft.id,
            "name": "Forged",
            "file": base64.b64encode(b"forged"),
        }
        with self.assertRaises(AccessError):
            documents.create({**values, "file_number": "F1"})
        with self.assertRaisesRegex(ValidationError, "made by the publication"):
            documents.create({**values, "document_type": "tender_file"})
        addendum = self.tender.addendum_ids.create(
            {"tender_id": self.tender.id, "subject": "Other file", "body": "<p>a</p>"}
        )
        with self.assertRaisesRegex(ValidationError, "made by the addendum itself"):
            documents.create(
                {
                    **values,
                    "tender_id": self.tender.id,
                    "addendum_id": addendum.id,
                    "supersedes_id": self._get_file().id,
                }
            )
        for vals in ({"file": False}, {"file_number": "F9"}, {"name": "Other"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._get_file().with_user(self.procurement_user).write(vals)

    def test_preview_of_a_draft(self):
        tender = self._create_tender(award_by_line=True)
        content, _kind = render_tender_file(tender)
        self.assertIn("Not published: a draft", content.decode())
        self.assertIn("several vendors may win", content.decode())

    def test_a_copy_takes_the_documents_along(self):
        """In the versions that hold, as drafts; the tender file is made anew."""
        addendum = self.tender.addendum_ids.create(
            {
                "tender_id": self.tender.id,
                "subject": "New plans",
                "document_ids": [
                    Command.create(
                        {
                            "tender_id": self.tender.id,
                            "name": "Floor plans, corrected",
                            "file": base64.b64encode(draw("corrected")),
                            "supersedes_id": self.tender.document_ids.filtered(
                                lambda item: item.name == "Floor plans"
                            ).id,
                        }
                    )
                ],
            }
        )
        addendum.action_publish()
        repeat = self.tender.copy()
        self.assertEqual(
            sorted(repeat.document_ids.mapped("name")),
            ["Contract of services", "Floor plans, corrected"],
        )
        self.assertEqual(set(repeat.document_ids.mapped("state")), {"draft"})
        self.assertFalse(repeat.document_ids.addendum_id)
        self.assertEqual(
            repeat.document_ids.filtered(lambda item: "plans" in item.name).sha256,
            addendum.document_ids.filtered(lambda item: not item.file_number).sha256,
        )

    def test_a_damaged_draft_of_the_contract_stays_an_annex(self):
        tender = self._create_tender(
            document_ids=[
                Command.create(
                    {
                        "name": "Broken contract",
                        "document_type": "contract_draft",
                        "file": base64.b64encode(b"%PDF-1.4 broken"),
                    }
                )
            ]
        )
        self.assertFalse(tender._get_contract_drafts())
        content, _kind = render_tender_file(tender)
        self.assertIn("Broken contract", content.decode())
        self.assertIn("No draft of the contract is joined", content.decode())
