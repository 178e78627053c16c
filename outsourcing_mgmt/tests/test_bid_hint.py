import io
import zipfile
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from pypdf import PdfWriter
from reportlab.pdfgen import canvas

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged

from ..models.base.grants import server_write
from ..models.bid import vendor as portal
from ..models.bid.vendor_tasks import find_tasks
from ..models.evaluation.hint_search import search_hints
from ..tools import file_metadata, rigging
from .common import TenderCommon


def draw(author="", creator=""):
    """Return a PDF that names its author and program."""
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(20, 200, "Concept")
    page.save()
    writer = PdfWriter(clone_from=io.BytesIO(out.getvalue()))
    writer.add_metadata({"/Author": author, "/Creator": creator, "/Producer": ""})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pack(parts):
    """Return a ZIP file of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


CORE = (
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:creator>Zhang San</dc:creator>'
    "<cp:lastModifiedBy>Li  Si</cp:lastModifiedBy></cp:coreProperties>"
)
APP = (
    "<Properties><Application>WPS</Application><AppVersion>12.1</AppVersion>"
    "</Properties>"
)


@tagged("standard", "at_install")
class TestFileMetadata(BaseCase):
    """What files say of themselves, and what broken ones cannot do."""

    def test_known_formats(self):
        self.assertEqual(
            file_metadata.read(draw("Zhang San", "WPS 12")), (("Zhang San",), "WPS 12")
        )
        office = pack({"docProps/core.xml": CORE, "docProps/app.xml": APP})
        self.assertEqual(
            file_metadata.read(office), (("Zhang San", "Li Si"), "WPS 12.1")
        )

    def test_hostile_files_say_nothing(self):
        bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><creator>&b;</creator>'
        for content in (
            b"",
            None,
            b"%PDF-1.7 nothing",
            b"PK\x03\x04 nothing",
            pack({"docProps/core.xml": bomb}),
            pack({"docProps/core.xml": "<creator>" + "a" * 10**6 + "</creator>"}),
            draw("A")[:200],
        ):
            self.assertEqual(file_metadata.read(content), ((), ""))


@tagged("standard", "at_install")
class TestRigging(BaseCase):
    """Signs in plain values."""

    def _find(self, *bids, history=()):
        rows = [
            {"key": number, "vendor": f"v{number}", **bid}
            for number, bid in enumerate(bids)
        ]
        hints = rigging.find(rows, history)
        return {(hint.kind, hint.keys): hint.value for hint in hints}

    def test_what_files_share(self):
        def bid(*authors, digest="", program=""):
            return {"files": [("concept.pdf", digest, authors, program)]}

        self.assertEqual(
            self._find(bid("Zhang San"), bid("zhang  san", "x"), bid("Li Si")),
            {("author", (0, 1)): "zhang san"},
        )
        self.assertFalse(self._find(bid("Admin"), bid("admin"), bid("用户")))
        self.assertIn(
            ("file", (0, 2)), self._find(bid(digest="a"), bid(), bid(digest="a"))
        )
        self.assertEqual(
            self._find(bid(program="WPS 12.1"), bid(program="WPS 12.1"), bid()),
            {("program", (0, 1)): "WPS 12.1"},
        )
        self.assertFalse(
            self._find(*[bid(program="Word 16")] * 3), "what all have is usual"
        )
        self.assertFalse(self._find(bid(program="Word"), bid(program="Word")))

    def test_contacts(self):
        def bid(phone="", email="", account=""):
            return {
                "phones": [(phone, "office")],
                "emails": [(email, "office")],
                "accounts": [(account, "office")],
            }

        self.assertEqual(
            self._find(
                bid("+86 138-0000-1111", "a@qq.com", "6222 0000 1111"),
                bid("138 0000 1111", "b@qq.com", "6222000011112"),
                bid("0086 13800001111", "c@one.test", ""),
                bid("", "d@ONE.test", "622200001111"),
            ),
            {
                ("phone", (0, 1, 2)): "13800001111",
                ("domain", (2, 3)): "one.test",
                ("account", (0, 3)): "622200001111",
            },
        )

    def test_prices(self):
        def bid(*prices):
            return {"prices": dict(enumerate(prices))}

        self.assertEqual(
            self._find(bid(10, 20), bid(10.0, 20.0), bid(10, 21)),
            {("price", (0, 1)): "30"} | {},
        )
        self.assertEqual(
            self._find(bid(100, 210, 330), bid(105, 220.5, 346.5), bid(99, 230, 300)),
            {("ratio", (0, 1)): "1.0500"},
        )
        self.assertFalse(self._find(bid(5, 5, 5), bid(6, 6, 6)), "one price for all")
        self.assertFalse(self._find(bid(0, 0), bid(0, 0)))

    def test_rotation(self):
        all_three = {"v0", "v1", "v2"}
        turns = [(f"T{number}", f"v{number % 3}", all_three) for number in range(4)]
        found = self._find({}, {}, {}, history=turns)
        self.assertEqual(found, {("rotation", (0, 1, 2)): "T0, T1, T2, T3"})
        luck = [*turns[:2], ("T9", "v1", all_three), turns[2]]
        self.assertFalse(self._find({}, {}, {}, history=luck))
        self.assertFalse(self._find({}, {}, history=turns[:2]), "too few rounds")


@tagged("post_install", "-at_install")
class TestBidHint(TenderCommon):
    """Hints are for the committee and auditors; vendors are heard, none is excluded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for vendor, domain in zip(cls.vendors, ("one", "two", "two"), strict=True):
            vendor.email = f"office@{domain}.test"
        cls.tender = cls._create_published()
        cls._declare(cls.tender)
        files = (draw("Zhang San"), draw("Zhang San", "X"), draw("Wang Wu"))
        for number, (price, content) in enumerate(zip(cls.prices, files, strict=True)):
            tender = cls.tender.with_user(cls.vendor_users[number]).sudo()
            bid = portal.start_bid(tender)
            portal.add_file(bid, f"concept{number}.pdf", content)
            cls._bid(cls.tender, number, price)
        with freeze_time(cls.deadline):
            cls.tender.action_close()
        cls._create_opened(tender=cls.tender)
        cls.tender.action_start_evaluation()
        with patch.object(
            cls.env.registry["ir.cron"], "_commit_progress", lambda *a, **k: 1
        ):
            cls.env["outsourcing.bid.hint"]._cron_find()
        cls.member = cls.members[0].user_id
        hints = cls.env["outsourcing.bid.hint"].with_user(cls.member)
        cls.hints = hints.search([("tender_id", "=", cls.tender.id)])
        cls.hint = cls.hints.filtered(lambda hint: hint.kind == "author")

    def _get_vendor_bid(self, number):
        bid = self._get_bid(self.tender, number)
        return bid.with_user(self.vendor_users[number]).sudo()

    def test_found_once_with_evidence(self):
        self.assertEqual(set(self.hints.mapped("kind")), {"author", "domain"})
        self.assertEqual(
            self.hint.bid_ids.partner_id, self.vendors[:2], "the first two bids"
        )
        self.assertIn("concept0.pdf", self.hint.text)
        self.assertIn(self.vendors[1].name, self.hint.text)
        domain = self.hints - self.hint
        self.assertEqual(domain.value, "two.test")
        self.assertFalse(search_hints(self.tender), "compared already")
        # sudo: mails are read by a test.
        mails = self.env["mail.mail"].sudo()
        mails = mails.search([("subject", "like", "Please look at the bids")])
        self.assertEqual(
            mails.recipient_ids & self.tender.sudo().committee_ids.partner_id,
            self.tender.sudo().committee_ids.partner_id,
        )
        self.assertFalse(mails.recipient_ids & self.procurement_user.partner_id)

    def test_one_tender_that_cannot_be_read_stops_no_other(self):
        server_write(self.tender, {"hint_stage": False})
        place = "odoo.addons.outsourcing_mgmt.models.evaluation.hint_search"
        with (
            patch(f"{place}.search_hints", side_effect=ZeroDivisionError),
            patch.object(
                self.env.registry["ir.cron"], "_commit_progress", lambda *a, **k: 1
            ),
            self.assertLogs(place, "ERROR") as log,
        ):
            self.env["outsourcing.bid.hint"]._cron_find()
        self.assertIn("were not compared", log.output[0])

    def test_for_committee_and_auditors_only(self):
        hint = self.hint
        for user in (self.member, self.auditor_user):
            self.assertEqual(hint.with_user(user).read(["kind"])[0]["kind"], "author")
            self.assertEqual(self.tender.with_user(user).hint_count, 2)
        for user in (
            self.procurement_user,
            self.manager_user,
            self.officer_user,
            self.plain_user,
            self.vendor_users[0],
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                hint.with_user(user).read(["kind"])
        self.assertFalse(self.tender.hint_count, "procurement counts none")
        with self.assertRaisesRegex(UserError, "only a voting member"):
            hint.with_user(self.auditor_user).action_explain("Harmless")
        for attempt in (
            lambda: hint.write({"state": "explained"}),
            lambda: hint.sudo().write({"value": "other"}),
            lambda: hint.sudo().unlink(),
            lambda: self.env["outsourcing.bid.hint"].create(
                {"tender_id": self.tender.id, "kind": "file"}
            ),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_vendors_are_heard_apart(self):
        hint = self.hint
        with self.assertRaisesRegex(UserError, "hear the vendors first"):
            hint.action_confirm("They are one")
        hint.action_hear()
        with self.assertRaisesRegex(UserError, "asked already"):
            hint.action_hear()
        first, other = self._get_vendor_bid(0), self._get_vendor_bid(2)
        self.assertFalse(portal.get_hearings(other), "not concerned")
        hearing = portal.get_hearings(first)
        self.assertNotIn(self.vendors[1].name, hearing.question)
        for number, tenders in ((0, self.tender), (2, self.tender.browse())):
            tasks = find_tasks(self.env(user=self.vendor_users[number]))
            self.assertEqual(tasks["hearing"].ids, tenders.ids)
        with self.assertRaises(UserError):
            portal.answer_hearing(other, hearing.id, "I know")
        with self.assertRaisesRegex(UserError, "Write your answer"):
            portal.answer_hearing(first, hearing.id, " ")
        portal.answer_hearing(first, hearing.id, "We share a translator.")
        with self.assertRaisesRegex(UserError, "answered or closed"):
            portal.answer_hearing(first, hearing.id, "Or not.")
        with self.assertRaises(UserError):
            hearing.with_user(self.procurement_user).read(["answer"])
        with self.assertRaisesRegex(UserError, self.vendors[1].name):
            hint.action_confirm("They are one")
        # The other vendor lets its days pass.
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            hint.action_confirm("They are one")
        self.assertRecordValues(
            hint, [{"state": "confirmed", "decided_by_id": self.member.id}]
        )
        self.assertNotIn("disqualified", self.tender.sudo().bid_ids.mapped("state"))
        self.assertEqual(self.tender.hint_count, 1, "procurement decides what follows")
        self.assertFalse(portal.get_hearings(self._get_vendor_bid(1))._is_answerable())

    def test_explained(self):
        self.hint.action_explain("Both used the same translator.")
        self.assertEqual(self.hint.state, "explained")
        with self.assertRaises(UserError):
            self.hint.action_confirm("No")

    def test_prices_are_compared_before_the_award(self):
        tender = self._create_closed(prices=(84000.0, 84000.0, 96000.0))
        self._create_opened(tender=tender)
        tender.action_start_evaluation()
        self._score(tender)
        tender.action_propose_award()
        hints = self.env["outsourcing.bid.hint"].with_user(self.auditor_user)
        hints = hints.search([("tender_id", "=", tender.id), ("kind", "=", "price")])
        self.assertEqual(hints.bid_ids.partner_id, self.vendors[:2])
        self.assertTrue(hints.is_strong)
        self.assertEqual(tender.sudo().hint_stage, "prices")
