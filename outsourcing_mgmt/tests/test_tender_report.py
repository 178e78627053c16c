from freezegun import freeze_time

from odoo.tests import tagged

from ..models.base.grants import server_write
from ..models.work.missing import get_rows
from ..tools.lack import Lack, join
from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderReport(TenderCommon):
    """What a tender shows on screen and on paper, and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.award = cls._create_approved_award()
        cls.tender = cls.award.tender_id

    def _render(self, name, record):
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.procurement_user)
            ._render_qweb_html(f"outsourcing_mgmt.{name}", record.ids)
        )
        return html.decode()

    def test_reports(self):
        expected = {
            "report_tender_notice": (
                self.tender,
                ["Tender Notice", "Quality", self.tender.reference_price_id.commitment],
            ),
            "report_tender_opening": (
                self.tender,
                [
                    "Opening Record",
                    "Vendor 2",
                    "Presence confirmed on",
                    self.members[0].name,
                ],
            ),
            "report_tender_evaluation": (
                self.tender,
                [
                    "Evaluation Report",
                    "91.33",
                    "No conflict",
                    "Recommendation",
                    "Best total of quality",
                    "Why the other bids do not win",
                    "Signatures of the committee",
                    self.tender.get_evaluation_bundle()["sha256"],
                ],
            ),
            "report_award_notice": (
                self.award,
                ["Award Notice", "Vendor 0", "Best total"],
            ),
        }
        for name, (record, texts) in expected.items():
            html = self._render(name, record)
            for text in texts:
                self.assertIn(text, html, name)

    def test_printed_early_tells_nothing(self):
        """A report can be asked for at any time; it shows what may be shown."""
        self.procedure.envelopes = "two"
        tender = self._create_closed()
        html = self._render("report_tender_opening", tender)
        self.assertNotIn("Vendor 0", html)
        with freeze_time(self.opening):
            for member in tender.sudo().committee_ids[:2]:
                member.with_user(member.user_id).action_attend()
            tender.action_open()
        html = self._render("report_tender_opening", tender)
        self.assertIn("Did not confirm to be present", html)
        tender.action_start_evaluation()
        member = tender.sudo().committee_ids[0]
        for score in self._get_scores(tender, member):
            if score.kind == "scored":
                score.value = 87.65
        for name in ("report_tender_opening", "report_tender_evaluation"):
            html = self._render(name, tender)
            self.assertIn("Vendor 0", html)
            self.assertNotIn("87.65", html)
            self.assertNotIn("90,000", html)
            self.assertNotIn("120,000", html)

    def test_report_of_the_award_is_frozen(self):
        before = self.award.evaluation_report
        self.assertIn("91.33", before)
        server_write(self._get_bid(self.tender, 0), {"technical_score": 1})
        self.assertEqual(self.award.evaluation_report, before)

    def test_next_step(self):
        tender = self._create_tender()
        self.assertIn("signed off", tender.next_step)
        self.assertIn("request its validation", tender.blocked_reason)
        member = tender.with_user(self.members[0].user_id)
        self.assertTrue(member.next_step)
        self.assertFalse(member.blocked_reason)
        self.award.action_notify()
        self.tender.invalidate_recordset()
        self.assertIn("standstill lasts", self.tender.blocked_reason)

    def test_all_that_is_missing_is_said_with_links(self):
        tender = self._create_tender(invitation_ids=[], bid_deadline=False)
        draft = self._create_reference_price(tender.sudo().request_ids)
        tender.reference_price_id = draft
        rows = {row["field"]: row for row in tender.missing}
        self.assertLessEqual({"invitation_ids", "bid_deadline"}, set(rows))
        links = [link for row in tender.missing for link in row["links"]]
        self.assertIn(
            {
                "model": "outsourcing.reference.price",
                "id": draft.id,
                "name": draft.display_name,
            },
            links,
        )
        self.assertEqual(
            "\n".join(row["text"] for row in tender.missing), tender.blocked_reason
        )
        member = tender.with_user(self.members[0].user_id)
        self.assertFalse(member.missing)

    def test_links_lead_to_what_the_reader_may_read(self):
        lack = Lack("Look.", records=self.members[0].user_id.partner_id)
        stranger = self.env["outsourcing.request"].search([], limit=1)
        hidden = Lack("Look.", records=stranger.sudo())
        env = self.env(user=self.plain_user)
        [shown] = get_rows(env, join([lack]))
        self.assertTrue(shown["links"])
        [row] = get_rows(env, join([hidden]))
        self.assertEqual(row["links"], [])

    def test_form_opens_in_every_state(self):
        Tender = self.env["outsourcing.tender"].with_user(self.procurement_user)
        arch = Tender.get_views([(False, "form")])["models"]["outsourcing.tender"]
        names = list(arch["fields"])
        seen = set()
        for tender in self._walk_states():
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(state=tender.state):
                read = Tender.browse(tender.id).read(names)[0]
                self.assertEqual(read["state"], tender.state)
            seen.add(tender.state)
            # Each screen is a request of its own.
            self.env.invalidate_all()
        self.assertEqual(seen, set(Tender._flow_transitions))

    def test_lists_take_a_constant_number_of_queries(self):
        names = ["name", "subject", "category_id", "method", "user_id", "state"]
        tenders = self.tender | self._create_tender()
        Tender = self.env["outsourcing.tender"].with_user(self.procurement_user)

        def count(records):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            Tender.search_fetch([("id", "in", records.ids)], names).read(names)
            return self.cr.sql_log_count - before

        count(tenders)
        self.assertEqual(count(self.tender), count(tenders))

    def test_scores_are_read_in_a_constant_number_of_queries(self):
        tender = self._create_evaluation()
        scores = self._get_scores(tender, tender.sudo().committee_ids[0])
        names = ["bid_id", "criterion_id", "kind", "max_points", "value", "state"]

        def count(records):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.read(names)
            return self.cr.sql_log_count - before

        count(scores)
        self.assertEqual(count(scores[:2]), count(scores))

    def test_a_failed_tender_says_why(self):
        tender = self._create_closed()
        tender.action_fail("One bid was received; the rules ask for three.")
        page, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "outsourcing_mgmt.report_tender_evaluation", tender.ids
        )
        text = " ".join(page.decode().split())
        self.assertIn("The tender failed", text)
        self.assertIn("the rules ask for three", text)
        self.assertNotIn("No award is proposed yet", text)
