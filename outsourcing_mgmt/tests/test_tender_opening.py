from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools import sealing
from .common import TenderCommon

LOG = "odoo.addons.outsourcing_mgmt.models.audit.outsourcing_audit_log"


@tagged("post_install", "-at_install")
class TestTenderOpening(TenderCommon):
    """The opening record is true, and stays as it was at the opening."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_closed()

    def _attend(self, number, tender=None):
        user = self.members[number].user_id
        member = (
            (tender or self.tender)
            .sudo()
            .committee_ids.filtered(lambda item: item.user_id == user)
        )
        member.with_user(user).sudo(False).action_attend()
        return member

    def _get_record(self, kind="bids", tender=None):
        tender = tender or self.tender
        return self.env["outsourcing.opening.record"].search(
            [("tender_id", "=", tender.id), ("kind", "=", kind)]
        )

    def test_presence_is_confirmed_by_each_person_at_the_opening(self):
        with self.assertRaisesRegex(UserError, "at the opening"):
            self._attend(0)
        member = self.tender.sudo().committee_ids[0]
        with freeze_time(self.opening):
            with self.assertRaisesRegex(UserError, "only the member"):
                member.with_user(self.procurement_user).action_attend()
            with self.assertRaises(AccessError):
                member.with_user(member.user_id).write({"attended_at": self.opening})
            mine = self.tender.with_user(member.user_id)
            self.assertTrue(mine.my_can_attend)
            mine.action_confirm_presence()
            with self.assertRaisesRegex(UserError, "confirmed already"):
                mine.action_confirm_presence()
            self._attend(2)
            self.tender.action_open()
            with self.assertRaises(UserError):
                self._attend(1)
        content = self._get_record().content
        self.assertEqual(
            [row["name"] for row in content["present"]],
            [self.members[0].name, self.members[2].name],
        )
        self.assertTrue(all(row["present_at"] for row in content["present"]))
        self.assertEqual(
            [row["name"] for row in content["absent"]], [self.members[1].name]
        )

    def test_shipped_procedures_ask_for_presence(self):
        procedures = self.env["outsourcing.procedure"].with_context(active_test=False)
        shipped = procedures.search([]).filtered(
            lambda rule: rule.get_external_id()[rule.id].startswith("outsourcing_mgmt.")
        )
        self.assertEqual(len(shipped), 5)
        for rule in shipped:
            with self.subTest(procedure=rule.name):
                self.assertEqual(rule.presence_required, bool(rule.committee_min))
                self.assertEqual(rule.presence_required, bool(rule.quorum))

    def test_quorum_of_present_members(self):
        with freeze_time(self.opening):
            self._attend(0)
            with self.assertRaisesRegex(UserError, "1 of 2 .* are present") as refused:
                self.tender.action_open()
            self.assertIn(self.members[1].name, str(refused.exception))
            self.assertNotIn(self.members[0].name, str(refused.exception))
            self._attend(2)
            self.tender.action_open()

    def test_no_presence_where_the_procedure_asks_for_none(self):
        self.procedure.presence_required = False
        tender = self._create_closed()
        with freeze_time(self.opening):
            tender.action_open()
        self.assertEqual(tender.state, "opened")

    def test_another_member_comes_for_one_who_is_absent(self):
        """A quorum of all members is no lock: the absent one is replaced, and named."""
        self.procedure.quorum = 3
        tender = self._create_closed()
        stand_in = self._new_employees(
            self._new_users({"member9": "base.group_user"})["member9"]
        )
        with freeze_time(self.opening):
            for number in (0, 1):
                self._attend(number, tender)
            with self.assertRaisesRegex(UserError, "appoint another"):
                tender.action_open()
            absent = tender.sudo().committee_ids[2].sudo(False)
            absent.with_user(self.procurement_user).action_recuse(reason="Ill today")
            member = self._appoint(tender, stand_in)
            member.with_user(stand_in.user_id).action_declare()
            member.with_user(stand_in.user_id).action_attend()
            tender.action_open()
        record = self._get_record(tender=tender)
        names = [row["name"] for row in record.content["present"]]
        self.assertIn(stand_in.name, names)
        self.assertEqual(len(names), 3)
        self.assertFalse(record.content["absent"])

    def test_frozen_with_its_hash(self):
        with freeze_time(self.opening):
            self._open_bids(self.tender)
        record = self._get_record()
        before = record.content
        self.assertTrue(record.is_intact)
        self.assertEqual(record.sha256, sealing.digest(sealing.canonical(before)))
        self.assertEqual(
            {row["vendor"] for row in before["bids"]},
            set(self.vendors.mapped("display_name")),
        )
        prices = self._get_record("prices").content
        self.assertEqual(
            sorted(row["total"] for row in prices["bids"]), sorted(self.prices)
        )
        step = self.env["outsourcing.audit.log"].search(
            [
                ("res_model", "=", self.tender._name),
                ("res_id", "=", self.tender.id),
                ("verb", "=", "opening_record_bids"),
            ]
        )
        self.assertEqual(step.details["sha256"], record.sha256)
        # What comes later is not part of it.
        self._get_bid(self.tender, 1).with_user(
            self.procurement_user
        ).action_disqualify(reason="Expired licence")
        record.invalidate_recordset()
        self.assertEqual(record.content, before)
        self.assertNotIn("Expired licence", record.text)
        for attack in (
            lambda: record.write({"content": {}}),
            lambda: record.sudo().write({"sha256": "x"}),
            lambda: record.sudo().unlink(),
            lambda: record.sudo().copy(),
        ):
            with self.assertRaises(AccessError):
                attack()
        self.env.cr.execute(
            "UPDATE outsourcing_opening_record SET content = %s WHERE id = %s",
            ['{"bids": []}', record.id],
        )
        record.invalidate_recordset()
        self.assertFalse(record.is_intact)

    def test_opening_leaves_the_chain_to_the_job(self):
        """A chain that grows at the same moment makes no opening fail."""
        with patch(f"{LOG}.chain_document") as chain, freeze_time(self.opening):
            with patch(f"{LOG}.is_acting_in_process", return_value=False):
                self._open_bids(self.tender)
        chain.assert_not_called()
        self.assertEqual(self.tender.state, "opened")

    def test_ill_member_is_replaced_before_the_prices(self):
        """A committee as small as its quorum waited for its member for good."""
        self.procedure.write({"envelopes": "two", "quorum": 3})
        tender = self._create_evaluation()
        self._score(tender)
        with freeze_time(self.opening):
            for number in (0, 1):
                self._attend(number, tender)
            with self.assertRaisesRegex(UserError, "a manager recuses the member"):
                tender.action_open_prices()
            ill = tender.sudo().committee_ids[2].sudo(False)
            with self.assertRaisesRegex(UserError, "the ranking is known"):
                ill.with_user(self.procurement_user).action_recuse("Ill")
            ill.with_user(self.manager_user).action_recuse("Ill")
            self.assertFalse(tender.is_scoring_complete)
            user = self._new_user("substitute", "base.group_user")
            substitute = self._appoint(tender, self._new_employees(user))
            mine = substitute.with_user(user)
            mine.action_declare()
            scores = self._get_scores(tender, mine)
            for score in scores:
                if score.kind == "pass_fail":
                    score.verdict = "pass"
                else:
                    # As the others gave: points far from theirs are explained first.
                    number = self.vendors.ids.index(score.sudo().bid_id.partner_id.id)
                    score.value = (90, 80, 70)[number]
            scores.action_submit()
            tender.invalidate_recordset()
            self.assertTrue(tender.is_scoring_complete)
            mine.action_attend()
            tender.action_open_prices()
            self.assertEqual(tender.state, "price_opened")
            # The prices are known, too.
            with self.assertRaisesRegex(UserError, "the ranking is known"):
                substitute.with_user(self.manager_user).action_recuse("Ill, too")

    def test_prices_are_opened_before_members_who_confirm_again(self):
        """The prices have an opening of their own: who is there says so for it."""
        self.procedure.envelopes = "two"
        tender = self._create_evaluation()
        with freeze_time(self.opening), self.assertRaisesRegex(UserError, "all scores"):
            self._attend(0, tender)
        self.assertIn("The committee scores", tender.next_step)
        self._score(tender)
        self.assertIn("All scores are in: open the prices", tender.next_step)
        with freeze_time(self.opening):
            with self.assertRaisesRegex(UserError, "0 of 2 .* are present") as refused:
                tender.action_open_prices()
            self.assertIn(self.members[0].name, str(refused.exception))
            self.assertIn("are present", tender.blocked_reason)
            members = tender.sudo().committee_ids
            with self.assertRaisesRegex(UserError, "only the member"):
                members[0].with_user(self.procurement_user).action_attend()
            with self.assertRaises(AccessError):
                members[0].with_user(members[0].user_id).write(
                    {"prices_attended_at": self.opening}
                )
            self._attend(0, tender)
        with freeze_time(self.opening + timedelta(days=1)):
            # Who was there yesterday, when nothing was opened, is not there today.
            with self.assertRaisesRegex(UserError, "0 of 2 .* are present"):
                tender.action_open_prices()
            mine = tender.with_user(self.members[0].user_id)
            self.assertTrue(mine.my_can_attend)
            mine.action_confirm_presence()
            with self.assertRaisesRegex(UserError, "confirmed already"):
                mine.action_confirm_presence()
            self._attend(2, tender)
            tender.action_open_prices()
            # Another page.
            self.env.invalidate_all()
            self.assertFalse(mine.my_can_attend)
            with self.assertRaises(UserError):
                self._attend(1, tender)
        self.assertEqual(tender.state, "price_opened")
        record = self._get_record("prices", tender)
        self.assertEqual(
            [row["name"] for row in record.content["present"]],
            [self.members[0].name, self.members[2].name],
        )
        self.assertEqual(
            [row["name"] for row in record.content["absent"]], [self.members[1].name]
        )
        self.assertEqual(
            {row["present_at"] for row in record.content["present"]},
            {str(self.opening + timedelta(days=1))},
        )
        self.assertIn(self.members[2].name, record.text)
        self.assertTrue(record.is_intact)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "outsourcing_mgmt.report_tender_opening", tender.ids
        )[0]
        self.assertEqual(html.decode().count("Presence confirmed on"), 2)
        steps = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", tender._name), ("res_id", "=", tender.id)]
        )
        self.assertEqual(steps.mapped("verb").count("attend_prices"), 3)

    def test_one_envelope_has_one_list_of_those_present(self):
        with freeze_time(self.opening):
            self._open_bids(self.tender)
        self.assertNotIn("present", self._get_record("prices").content)

    def test_scores_of_an_excluded_bid_are_kept(self):
        with freeze_time(self.opening):
            self._open_bids(self.tender)
        self.tender.action_start_evaluation()
        self._score(self.tender)
        bid = self._get_bid(self.tender, 0)
        score = bid.technical_score
        self.assertTrue(score)
        bid.with_user(self.procurement_user).action_disqualify(reason="Blocked")
        self.assertEqual(bid.technical_score, score)
        self.assertFalse(bid.rank)
