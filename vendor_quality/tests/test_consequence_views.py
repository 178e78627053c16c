from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import FEBRUARY, GateCommon
from .test_insight_ranking import ReportCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-10 02:00:00")
class TestStandingDirection(ReportCommon):
    def _standing(self, *scores):
        contract = self._new_vendor_contract("V")
        self._new_forms(scores, contract)
        self.env["vendor.quality.standing"]._update(contract)
        return (
            self.env["vendor.quality.standing"]
            .with_user(self.inspector_user)
            .search([("contract_id", "=", contract.id)])
        )

    def test_directions(self):
        for scores, direction, change in (
            ((80,), "unknown", 0),
            ((80, 81), "steady", 1),
            ((80, 82), "rising", 2),
            ((90, None, 80), "falling", -10),
            ((90, None), "unknown", 0),
        ):
            with self.subTest(scores=scores):
                standing = self._standing(*scores)
                if scores == (80, 81):
                    self.assertIn("last two of 2", standing.direction_hint)
                self.assertEqual(standing.direction, direction)
                self.assertEqual(standing.score_change, change)
                found = standing.search([("direction", "=", direction)])
                self.assertIn(standing, found)
                others = standing.search([("direction", "!=", direction)])
                self.assertNotIn(standing, others)

    def test_a_row_opens_its_form(self):
        standing = self._standing(80)
        arch = standing.with_user(self.manager_user).get_view(False, "list")["arch"]
        self.assertIn('action="action_open_form"', arch)
        action = standing.action_open_form()
        self.assertEqual(action["res_id"], standing.sudo().form_id.id)

    def test_one_query_for_a_page(self):
        for _number in range(3):
            self._standing(80, 90)
        page = self.env["vendor.quality.standing"].search([])
        page.mapped("score")
        self.env.flush_all()
        with self.assertQueryCount(1):
            page.mapped("direction")


@tagged("post_install", "-at_install")
class TestHoldAnalysis(GateCommon):
    @freeze_time("2026-02-10 08:00:00")
    def test_age_and_actor(self):
        bill = self._new_bill(period=FEBRUARY, user=self.biller)
        self.env["vendor.quality.gate"]._refresh(bill)
        hold = self.env["vendor.quality.hold"].search([("move_id", "=", bill.id)])
        self.assertTrue(hold, "a bill without a form is held")
        self._set(hold[0], create_date="2026-01-01 08:00:00")
        self.env.flush_all()
        Analysis = self.env["vendor.quality.hold.analysis"]
        row = Analysis.with_user(self.finance).search([("hold_id", "=", hold[0].id)])
        self.assertRecordValues(
            row,
            [
                {
                    "move_id": bill.id,
                    "actor": hold[0].actor,
                    "age_days": 40,
                    "age_band": "c",
                    "amount": bill.amount_total,
                }
            ],
        )
        self.assertEqual(row.action_view_hold()["res_id"], hold[0].id)
        self._set(hold[0], state="released")
        self.assertFalse(Analysis.search([("hold_id", "=", hold[0].id)]))
        stranger = self._new_user("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            Analysis.with_user(stranger).search([])
