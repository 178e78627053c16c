from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.contract.vendor_acts import submit_milestones
from .common import GROUPS, ContractCommon


@tagged("post_install", "-at_install")
class TestContractMilestone(ContractCommon):
    """Deliveries, and the received quantity that follows from them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._create_order(quantity=12, price=1000.0)
        cls.line = cls.order.order_line
        cls.contract = cls._create_active(order=cls.order)

    def _create_milestone(self, user=None, **values):
        return (
            self.env["outsourcing.contract.milestone"]
            .with_user(user or self.officer_user)
            .create(
                {
                    "name": "January",
                    "contract_id": self.contract.id,
                    "date_due": self.today,
                    "purchase_line_id": self.line.id,
                    **({} if "share" in values else {"quantity": 1.0}),
                    **values,
                }
            )
        )

    def test_acceptance_raises_received_quantity(self):
        first = self._create_milestone()
        share = self._create_milestone(share=50.0)
        self.assertRecordValues(
            first | share,
            [{"quantity": 1.0, "amount": 1000.0}, {"quantity": 6.0, "amount": 6000.0}],
        )
        (first | share).action_submit()
        (first | share).with_user(self.other_officer_user).action_accept()
        self.assertRecordValues(
            first,
            [
                {
                    "state": "accepted",
                    "submitted_by_id": self.officer_user.id,
                    "accepted_by_id": self.other_officer_user.id,
                }
            ],
        )
        self.assertRecordValues(
            self.line, [{"qty_received": 7.0, "qty_to_invoice": 7.0}]
        )

    def test_name_beside_deliveries_of_other_contracts(self):
        milestone = self._create_milestone().with_user(self.officer_user)
        self.assertEqual(milestone.display_name, milestone.name)
        milestone = milestone.with_context(outsourcing_with_contract=True)
        self.assertIn(milestone.name, milestone.display_name)
        self.assertIn(milestone.contract_id.subject, milestone.display_name)

    def test_shares_sum_to_the_order(self):
        """Three thirds of one unit are one unit, and its whole price."""
        order = self._create_order(quantity=1, price=1000.01)
        contract = self._create_active(order=order, amount_total=1000.01)
        values = {"contract_id": contract.id, "purchase_line_id": order.order_line.id}
        thirds = self.env["outsourcing.contract.milestone"]
        for share in (33.33, 33.33, 33.34):
            thirds |= self._create_milestone(share=share, **values)
        self.assertRecordValues(
            thirds,
            [
                {"quantity": 0.33, "amount": 330.0},
                {"quantity": 0.33, "amount": 330.0},
                {"quantity": 0.34, "amount": 340.01},
            ],
        )
        thirds.with_user(self.officer_user).action_submit()
        thirds.with_user(self.other_officer_user).action_accept()
        self.assertEqual(order.order_line.qty_received, 1.0)

    def test_what_is_submitted_keeps_its_part(self):
        order = self._create_order(quantity=1, price=100.0)
        contract = self._create_active(order=order, amount_total=100.0)
        values = {"contract_id": contract.id, "purchase_line_id": order.order_line.id}
        first = self._create_milestone(share=33.33, **values)
        second = self._create_milestone(share=33.33, **values)
        self.assertRecordValues(first, [{"quantity": 0.34, "amount": 34.0}])
        first.action_submit()
        third = self._create_milestone(share=33.34, **values)
        self.assertEqual(
            (first | second | third).mapped("quantity"), [0.34, 0.33, 0.33]
        )
        self.assertEqual(sum((first | second | third).mapped("amount")), 100.0)

    def test_submitter_does_not_accept(self):
        milestone = self._create_milestone()
        milestone.action_submit()
        with self.assertRefused("another officer"):
            milestone.action_accept()
        with self.assertRefused("another officer"):
            milestone.sudo().action_accept()
        self.assertEqual(self.line.qty_received, 0)

    def test_planner_does_not_accept(self):
        """Neither who planned it, nor who wrote a part of the plan, nor by sudo."""
        milestone = self._create_milestone()
        milestone.with_user(self.other_officer_user).description = "Twelve floors"
        submitter, third = (
            self._new_user(name, GROUPS["officer"]) for name in ("submitter", "third")
        )
        milestone.with_user(submitter).action_submit()
        for user in (self.officer_user, self.other_officer_user):
            mine = milestone.with_user(user)
            mine.invalidate_recordset()
            self.assertFalse(mine.can_accept)
            with self.assertRefused("planned or submitted"):
                mine.action_accept()
            with self.assertRefused("planned or submitted"):
                mine.sudo().write({"state": "accepted"})
        milestone.with_user(third).action_accept()
        self.assertEqual(milestone.accepted_by_id, third)

    def test_only_officers_accept(self):
        milestone = self._create_milestone()
        milestone.action_submit()
        for role in ("procurement", "manager", "hr", "finance", "user", "plain"):
            user = getattr(self, f"{role}_user")
            with self.subTest(role=role), self.assertRaises(UserError):
                milestone.with_user(user).action_accept()

    def test_rejection(self):
        milestone = self._create_milestone()
        milestone.action_submit()
        milestone.with_user(self.other_officer_user).action_reject("Two floors missing")
        self.assertRecordValues(
            milestone, [{"state": "rejected", "reject_reason": "Two floors missing"}]
        )
        self.assertEqual(self.line.qty_received, 0)
        milestone.action_submit()
        milestone.with_user(self.other_officer_user).action_accept()
        self.assertEqual(self.line.qty_received, 1)
        # Accepted is final.
        for state in ("rejected", "planned", "submitted"):
            with self.subTest(state=state), self.assertRaises(UserError):
                milestone.with_user(self.other_officer_user).state = state
        with self.assertRaises(UserError):
            milestone.with_user(self.other_officer_user).unlink()

    def test_never_above_the_order(self):
        """Neither the plan, nor the order, nor the receipt goes beyond the other."""
        self.line.with_user(self.procurement_user).qty_received = 3
        milestone = self._create_milestone(quantity=12.0)
        with self.assertRefused("are ordered"):
            self._create_milestone(quantity=0.5)
        with self.assertRefused("are ordered"):
            self.line.product_qty = 11
            self.env.flush_all()
        milestone.action_submit()
        with self.assertRefused("above the order"):
            milestone.with_user(self.other_officer_user).action_accept()
        self.assertRecordValues(milestone, [{"state": "submitted"}])
        self.assertEqual(self.line.qty_received, 3)

    def test_unconfirmed_order(self):
        order = self._create_order(confirm=False)
        contract = self._create_active(order=order)
        milestone = self._create_milestone(
            contract_id=contract.id, purchase_line_id=order.order_line.id
        )
        milestone.action_submit()
        with self.assertRefused("not confirmed"):
            milestone.with_user(self.other_officer_user).action_accept()

    def test_foreign_order_line(self):
        stranger = self._create_order()
        with self.assertRefused("no order of"):
            self._create_milestone(purchase_line_id=stranger.order_line.id)

    def test_received_quantity_is_not_written_by_hand(self):
        self._create_milestone()
        for name in ("qty_received", "qty_received_manual"):
            with (
                self.subTest(name=name),
                self.assertRefused("milestones"),
            ):
                self.line.with_user(self.procurement_user).write({name: 12})
        free = self._create_order().order_line
        free.with_user(self.procurement_user).qty_received = 2
        self.assertEqual(free.qty_received, 2)

    def test_unsigned_contract(self):
        contract = self._create_contract()
        milestone = self._create_milestone(
            contract_id=contract.id, purchase_line_id=False
        )
        with self.assertRefused("not signed"):
            milestone.action_submit()

    def test_vendor_submits_his_own(self):
        milestone = self._create_milestone()
        with self.assertRefused("not one of yours"):
            submit_milestones(milestone, self.other_vendor)
        submit_milestones(milestone, self.vendor)
        self.assertEqual(milestone.state, "submitted")
        self.assertIn(
            self.env.ref("outsourcing_mgmt.mail_activity_type_milestone"),
            milestone.activity_ids.activity_type_id,
        )

    def test_stamps_are_not_written(self):
        milestone = self._create_milestone()
        for vals in ({"accepted_by_id": 2}, {"submitted_on": "2020-01-01 00:00:00"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                milestone.write(vals)
        with self.assertRaises(UserError):
            self._create_milestone(state="accepted")
