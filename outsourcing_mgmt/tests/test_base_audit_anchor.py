import json

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.bid import vendor as portal
from .common import BidCommon, ContractCommon, TenderCommon

ANCHOR = "odoo.addons.outsourcing_mgmt.models.audit.outsourcing_audit_anchor"


@tagged("post_install", "-at_install")
class TestAuditEnd(ContractCommon):
    """Rows that are taken off the end of a chain are missed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_active()
        cls.env.flush_all()

    def _verify(self):
        self.env.invalidate_all()
        return self.env["outsourcing.audit.log"].verify(
            self.contract._name, self.contract.id
        )

    def _delete(self, table, condition="TRUE"):
        self.env.flush_all()
        self.cr.execute(
            f"DELETE FROM {table} WHERE res_model = %s AND res_id = %s AND {condition}",
            (self.contract._name, self.contract.id),
        )

    def _mails(self, subject):
        return self.env["mail.mail"].search([("subject", "ilike", subject)])

    def _anchor(self):
        self._run_cron("ir_cron_audit_anchor")

    def test_last_rows_are_missed(self):
        self.assertTrue(self._verify()["valid"])
        for first in (3, 2, 1):
            with self.cr.savepoint() as savepoint:
                self._delete("outsourcing_audit_log", f"seq >= {first}")
                proof = self._verify()
                self.assertEqual((proof["valid"], proof["broken_at"]), (False, first))
                self.assertEqual((proof["steps"], proof["expected"]), (first - 1, 3))
                savepoint.rollback()

    def test_next_step_does_not_hide_the_gap(self):
        self._delete("outsourcing_audit_log", "seq = 3")
        self.env["outsourcing.audit.log"]._record(self.contract, "visited")
        proof = self._verify()
        self.assertEqual((proof["valid"], proof["broken_at"]), (False, 3))

    def test_deleted_end_is_missed(self):
        self._delete("outsourcing_audit_head")
        self.assertFalse(self._verify()["valid"])

    def test_anchor_proves_what_the_end_does_not(self):
        self._anchor()
        self._delete("outsourcing_audit_log", "seq = 3")
        self.cr.execute(
            "UPDATE outsourcing_audit_head head SET steps = 2, head = log.hash"
            "  FROM outsourcing_audit_log log"
            " WHERE log.res_model = head.res_model AND log.res_id = head.res_id"
            "   AND log.seq = 2 AND head.res_model = %s AND head.res_id = %s",
            (self.contract._name, self.contract.id),
        )
        proof = self._verify()
        self.assertEqual((proof["valid"], proof["broken_at"]), (False, 3))
        with mute_logger(ANCHOR):
            self._anchor()
        self.assertIn(self.contract.name, self._mails("broken").body_html)

    def test_ends_are_mailed_once(self):
        self._anchor()
        mail = self._mails("documents went on")[:1]
        self.assertIn(self.auditor_user.partner_id, mail.recipient_ids)
        row = f"{self.contract._name},{self.contract.id},"
        text = mail.attachment_ids.raw.decode()
        self.assertIn(row, text)
        anchor = self.env["outsourcing.audit.anchor"].search(
            [
                ("res_model", "=", self.contract._name),
                ("res_id", "=", self.contract.id),
            ]
        )
        self.assertRecordValues(anchor, [{"steps": 3, "head": self._verify()["head"]}])
        self.assertIn(anchor.digest, mail.body_html)
        self.assertEqual(self._verify()["anchors"], 1)
        before = len(self._mails("documents went on"))
        self._anchor()
        self.assertEqual(len(self._mails("documents went on")), before)
        self.env["outsourcing.audit.log"]._record(self.contract, "visited")
        self._anchor()
        self.assertEqual(len(self._mails("documents went on")), before + 1)
        self.assertTrue(self._verify()["valid"])
        self.assertFalse(self._mails("broken"))

    def test_ends_and_anchors_do_not_change(self):
        self._anchor()
        for name in ("outsourcing.audit.head", "outsourcing.audit.anchor"):
            rows = self.env[name].search([("res_id", "=", self.contract.id)])
            self.assertTrue(rows)
            self.assertFalse(
                self.env[name]
                .with_user(self.user_user)
                .search([("id", "in", rows.ids)])
            )
            for attack in (
                lambda rows=rows: rows.sudo().write({"steps": 1}),
                lambda rows=rows: rows.sudo().unlink(),
                lambda rows=rows: rows.sudo().create({"steps": 1}),
            ):
                with self.assertRaises(AccessError):
                    attack()

    def test_printed_on_documents(self):
        report = self.env["ir.actions.report"]
        head = self._verify()["head"]
        html = report._render_qweb_html(
            "outsourcing_mgmt.action_report_outsourcing_contract", self.contract.ids
        )[0]
        self.assertIn(head.encode(), html)


@tagged("post_install", "-at_install")
class TestAuditDetails(TenderCommon):
    """What a step says is read by those who may read what it is about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_opened()
        cls.env.flush_all()

    def _rows(self, user):
        self.env.invalidate_all()
        return (
            self.env["outsourcing.audit.log"]
            .with_user(user)
            .search(
                [("res_model", "=", self.tender._name), ("res_id", "=", self.tender.id)]
            )
        )

    def test_amounts_are_for_readers_of_bids(self):
        seen = json.dumps(self._rows(self.auditor_user).mapped("details"))
        for amount in self.prices:
            self.assertIn(str(amount), seen)
        rows = self._rows(self.head_user)
        self.assertTrue(rows, "the head of the department reads the tender")
        read = str(rows.read()) + str(rows.mapped("details_text"))
        for amount in self.prices:
            self.assertNotIn(str(amount), read)
        for name in self.vendors.mapped("name"):
            self.assertNotIn(name, read)
        self.assertNotIn("seal", rows.mapped("verb"))
        sealed = self._rows(self.auditor_user).filtered(lambda row: row.verb == "seal")
        with self.assertRaises(AccessError):
            sealed.with_user(self.head_user).read(["name"])

    def test_details_are_no_oracle(self):
        log = self.env["outsourcing.audit.log"].with_user(self.head_user)
        for attack in (
            lambda: log.search([("details", "ilike", "90000")]),
            lambda: log._read_group([], ["details"], ["__count"]),
            lambda: log.search([("details_text", "ilike", "90000")]),
        ):
            with self.assertRaises(ValueError):
                attack()

    def test_printed_on_the_papers_of_the_tender(self):
        head = self.env["outsourcing.audit.log"].verify(
            self.tender._name, self.tender.id
        )["head"]
        report = self.env["ir.actions.report"]
        for name in ("tender_notice", "tender_opening", "tender_evaluation"):
            html = report._render_qweb_html(
                f"outsourcing_mgmt.action_report_{name}", self.tender.ids
            )[0]
            self.assertIn(head.encode(), html, name)

    def test_bidder_does_not_count_its_rivals(self):
        bid = self._get_bid(self.tender, 0)
        order = bid.purchase_order_id
        self.assertTrue(order.alternative_po_ids)
        mine = order.with_user(self.vendor_users[0]).sudo(False)
        self.assertEqual(mine.read(["name"])[0]["name"], order.name)
        for name in ("alternative_po_ids", "purchase_group_id"):
            with self.assertRaises(AccessError):
                mine.read([name])
            with self.assertRaises(AccessError):
                mine.search([(name, "!=", False)])
            self.assertNotIn(name, mine.fields_get())
        for attack in (
            mine.get_tender_best_lines,
            mine.action_compare_alternative_lines,
            lambda: mine.mapped("alternative_po_ids.partner_id.name"),
            lambda: mine.search([("alternative_po_ids.partner_id", "ilike", "Vendor")]),
        ):
            with self.assertRaises(AccessError):
                attack()


@tagged("post_install", "-at_install")
class TestTenderTalk(BidCommon):
    """Questions do not name who asked; what is told to all is a step."""

    def _ask(self, text):
        return portal.ask_question(
            self.tender.with_user(self.alpha_user).sudo(), text
        ).with_user(self.officer_user)

    def _verbs(self):
        return (
            self.env["outsourcing.audit.log"]
            .search(
                [("res_model", "=", self.tender._name), ("res_id", "=", self.tender.id)]
            )
            .mapped("verb")
        )

    def test_published_text_starts_empty(self):
        question = self._ask("We, Alpha Ltd, ask how many floors there are.")
        self.assertFalse(question.public_question)
        self.assertNotIn("Alpha", question.display_name)
        with self.assertRaisesRegex(Exception, "Question"):
            question.action_answer(answer="Seven.")
        self.assertEqual(question.state, "new")

    def test_published_text_does_not_name_the_asker(self):
        question = self._ask("How many floors?")
        for text, answer in (
            ("Alpha Ltd asks: how many floors?", "Seven."),
            ("How many floors for ALPHA\nLTD?", "Seven."),
            ("How many floors can Alpha clean?", "Seven."),
            ("How many floors?", "Seven, dear Alpha Seller."),
            ("How many floors? alpha@vendor.test", "Seven."),
        ):
            with (
                self.subTest(text),
                self.assertRaisesRegex(Exception, "tells who asked"),
                self.cr.savepoint(),
            ):
                question.write({"public_question": text})
                question.action_answer(answer=answer)
            self.env.invalidate_all()
            self.assertEqual(question.state, "new")
        question.public_question = "How many floors are in alphabetical order?"
        question.action_answer(answer="Seven.")
        self.assertEqual(question.state, "answered")

    def test_words_to_all_are_steps(self):
        question = self._ask("How many floors?")
        question.public_question = "How many floors are there?"
        question.action_answer(answer="Seven.")
        addendum = (
            self.env["outsourcing.tender.addendum"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": self.tender.id,
                    "subject": "New floor plan",
                    "body": "<p>One floor more.</p>",
                }
            )
        )
        addendum.action_publish()
        self.assertLessEqual(
            {"question_answered", "addendum_published"}, set(self._verbs())
        )
        proof = self.env["outsourcing.audit.log"].verify(
            self.tender._name, self.tender.id
        )
        self.assertTrue(proof["valid"])
