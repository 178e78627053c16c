from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_create
from ..models.contract import outsourcing_contract_calendar as calendar
from .common import SIGNED_COPY, ContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01 09:00:00")
class TestSelfRenewal(ContractCommon):
    """A contract that renews itself, by the whole run of the job of the night."""

    def _create_year(self, order=None, **values):
        contract = self._create_active(
            order=order,
            term="auto_renew",
            renewals_foreseen=1,
            date_start="2026-01-01",
            date_end="2026-12-31",
            signed_date="2026-01-01",
            notice_days=30,
            **values,
        )
        self.env["outsourcing.contract.guarantee"].with_user(
            self.procurement_user
        ).create(
            [
                {
                    "contract_id": contract.id,
                    "guarantee_type": kind,
                    "issuer": "First Bank",
                    "document": SIGNED_COPY,
                    "document_name": "guarantee.pdf",
                    "amount": 1200,
                    "date_expiry": "2027-03-31",
                }
                for kind in ("performance", "advance")
            ]
        ).action_hold()
        return contract

    def _run(self):
        for moment in ("2026-12-31 08:00:00", "2027-01-01 08:00:00"):
            with freeze_time(moment):
                self._run_cron("ir_cron_contract_calendar")
                # A second run on the same day, as after a restart.
                self._run_cron("ir_cron_contract_calendar")

    def test_order_guarantee_and_who_goes_on(self):
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_year(order)
        self._run()
        successor = contract.successor_ids
        self.assertRecordValues(
            successor,
            [
                {
                    "state": "active",
                    "date_start": date(2027, 1, 1),
                    "amount_total": 12000.0,
                    "filing_deadline": date(2027, 1, 4),
                }
            ],
        )
        repeated = successor.purchase_order_ids
        self.assertRecordValues(
            repeated,
            [
                {
                    "state": "draft",
                    "partner_id": self.vendor.id,
                    "amount_untaxed": 12000.0,
                    "origin": successor.name,
                }
            ],
        )
        self.assertEqual(repeated.order_line.qty_received, 0)
        self.assertRecordValues(
            successor.guarantee_ids,
            [
                {
                    "guarantee_type": "performance",
                    "state": "requested",
                    "amount": 1200,
                    "date_expiry": False,
                }
            ],
        )
        asked = successor.activity_ids.filtered(
            lambda item: item.user_id == self.procurement_user
        )
        self.assertEqual(len(asked), 1)
        self.assertIn("order the new period", asked.summary)
        self.assertIn(repeated.name, asked.note)
        self.assertIn("guarantee", asked.note)
        # HR is asked for the filing, and procurement goes on like with any order.
        self.assertIn(
            self.env.ref("outsourcing_mgmt.mail_activity_type_filing"),
            successor.activity_ids.activity_type_id,
        )
        with freeze_time("2027-01-02 09:00:00"):
            repeated.with_user(self.procurement_user).button_confirm()
            self.assertEqual(repeated.state, "purchase")
            milestone = (
                self.env["outsourcing.contract.milestone"]
                .with_user(self.officer_user)
                .create(
                    {
                        "contract_id": successor.id,
                        "name": "January",
                        "date_due": "2027-01-31",
                        "purchase_line_id": repeated.order_line.id,
                        "quantity": 1.0,
                    }
                )
            )
            milestone.action_submit()
            milestone.with_user(self.other_officer_user).action_accept()
            self.assertEqual(repeated.order_line.qty_received, 1)

    def test_as_amended(self):
        """The new period is ordered as the old one was at its end."""
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_year(order)
        amendment = (
            self.env["outsourcing.contract.amendment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "More floors",
                    "contract_id": contract.id,
                    "reason": "Two more floors",
                    "line_ids": [
                        Command.create(
                            {"purchase_line_id": order.order_line.id, "quantity": 13}
                        )
                    ],
                }
            )
        )
        amendment.request_validation()
        self._pass_reviews(amendment, self.officer_user, self.finance_user)
        amendment.with_user(self.officer_user).action_approve()
        self._run()
        successor = contract.successor_ids
        self.assertEqual(successor.amount_total, 13000)
        self.assertEqual(successor.purchase_order_ids.amount_untaxed, 13000)

    def test_the_renewal_is_a_click_away(self):
        contract = self._create_year()
        mine = contract.with_user(self.procurement_user)
        mine.action_renew()
        action = mine.action_view_renewal()
        self.assertEqual(action["res_id"], contract.successor_ids.id)

    def test_without_orders(self):
        contract = self._create_year()
        self._run()
        successor = contract.successor_ids
        self.assertFalse(successor.purchase_order_ids)
        asked = successor.activity_ids.filtered(
            lambda item: item.user_id == self.procurement_user
        )
        self.assertIn("Order the service", asked.note)

    def _plan_quarters(self, contract, line):
        return (
            self.env["outsourcing.contract.milestone"]
            .with_user(self.officer_user)
            .create(
                [
                    {
                        "contract_id": contract.id,
                        "name": name,
                        "description": "Report of the quarter",
                        "date_due": day,
                        "purchase_line_id": line.id,
                        "share": 25,
                    }
                    for name, day in (
                        ("Spring", "2026-03-31"),
                        ("Summer", "2026-06-30"),
                        ("Autumn", "2026-09-15"),
                        ("Winter", "2026-12-31"),
                    )
                ]
            )
        )

    def test_deliveries_and_annexes_go_on(self):
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_year(order)
        milestones = self._plan_quarters(contract, order.order_line)
        milestones[0].action_submit()
        milestones[0].with_user(self.other_officer_user).action_accept()
        documents = self.env["outsourcing.contract.document"].with_user(
            self.procurement_user
        )
        documents.create(
            [
                {
                    "contract_id": contract.id,
                    "document_type": kind,
                    "name": name,
                    "file": SIGNED_COPY,
                    "file_name": "paper.pdf",
                    "date_expiry": expiry,
                }
                for kind, name, expiry in (
                    ("annex", "Floors", False),
                    ("price_list", "Prices", False),
                    ("certificate", "Insurance", "2027-02-01"),
                )
            ]
        )
        self._run()
        successor = contract.successor_ids
        line = successor.purchase_order_ids.order_line
        self.assertRecordValues(
            successor.milestone_ids.sorted("id"),
            [
                {
                    "name": name,
                    "description": "Report of the quarter",
                    "date_due": day,
                    "state": "planned",
                    "share": 25,
                    "quantity": 3,
                    "amount": 3000,
                    "purchase_line_id": line.id,
                }
                for name, day in (
                    ("Spring", date(2027, 3, 31)),
                    ("Summer", date(2027, 6, 30)),
                    ("Autumn", date(2027, 9, 15)),
                    ("Winter", date(2027, 12, 31)),
                )
            ],
        )
        self.assertEqual(len(contract.milestone_ids), 4)
        annexes = successor.document_ids.filtered(
            lambda item: item.document_type != "signed_copy"
        )
        self.assertEqual(annexes.mapped("name"), ["Floors", "Prices"])
        self.assertEqual(
            annexes.mapped("sha256"),
            contract.document_ids.filtered(
                lambda item: item.document_type in ("annex", "price_list")
            ).mapped("sha256"),
        )
        note = successor.activity_ids.filtered(
            lambda item: item.user_id == self.procurement_user
        ).note
        self.assertIn("Check the days of the deliveries", note)
        with freeze_time("2027-03-31 09:00:00"):
            repeated = successor.purchase_order_ids
            repeated.with_user(self.procurement_user).button_confirm()
            first = successor.milestone_ids.sorted("id")[0]
            first.with_user(self.officer_user).action_submit()
            first.with_user(self.other_officer_user).action_accept()
            self.assertEqual(line.qty_received, 3)

    def test_deliveries_of_a_renewal_by_hand(self):
        """They are planned in the draft, and changed there where it begins later."""
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_year(order)
        self._plan_quarters(contract, order.order_line)
        contract.with_user(self.procurement_user).action_renew()
        successor = contract.successor_ids
        self.assertEqual(successor.state, "draft")
        self.assertEqual(
            successor.milestone_ids.sorted("id").mapped("date_due"),
            [
                date(2027, 3, 31),
                date(2027, 6, 30),
                date(2027, 9, 15),
                date(2027, 12, 31),
            ],
        )
        self.assertFalse(successor.milestone_ids.purchase_line_id)
        self.assertFalse(successor.document_ids)
        successor.milestone_ids.with_user(self.officer_user)[0].date_due = "2027-04-15"

    def _renew_edited(self, edit):
        """Renew a contract of four quarters by itself whose draft somebody edits."""
        order = self._create_order(quantity=9, price=1000.0)
        # Another line for one of them: it is told apart from the others.
        order.order_line.copy({"order_id": order.id, "product_qty": 3})
        contract = self._create_year(order)
        usual, other = order.order_line
        self._plan_quarters(contract, usual)[1].purchase_line_id = other
        carry = calendar.carry_milestones

        def carry_and_edit(successor):
            carry(successor)
            edit(successor)

        self.patch(calendar, "carry_milestones", carry_and_edit)
        self._run()
        successor = contract.successor_ids
        lines = successor.purchase_order_ids.order_line
        self.assertEqual(len(lines), 2)
        return successor.milestone_ids, lines

    def test_a_deleted_delivery_takes_nothing_from_the_others(self):
        rows, lines = self._renew_edited(
            lambda successor: successor.milestone_ids.sorted("id")[0].unlink()
        )
        self.assertRecordValues(
            rows.sorted("date_due"),
            [
                {"name": name, "share": 25, "purchase_line_id": line.id}
                for name, line in (
                    ("Summer", lines[1]),
                    ("Autumn", lines[0]),
                    ("Winter", lines[0]),
                )
            ],
        )

    def test_deliveries_in_another_order_keep_their_lines(self):
        def edit(successor):
            first = successor.milestone_ids.sorted("id")[0]
            # As the first was deleted and entered anew, some days later.
            server_create(
                first, [{**first.copy_data()[0], "date_due": date(2027, 4, 15)}]
            )
            first.unlink()

        rows, lines = self._renew_edited(edit)
        self.assertEqual(
            {row.name: row.purchase_line_id for row in rows},
            {
                "Spring": lines[0],
                "Summer": lines[1],
                "Autumn": lines[0],
                "Winter": lines[0],
            },
        )

    def test_an_added_delivery_gets_no_line_of_another(self):
        def edit(successor):
            first = successor.milestone_ids.sorted("id")[0]
            server_create(first, [{**first.copy_data()[0], "name": "Opening"}])

        rows, lines = self._renew_edited(edit)
        by_name = {row.name: row.purchase_line_id for row in rows}
        self.assertFalse(by_name["Opening"])
        self.assertEqual(by_name["Summer"], lines[1])
        self.assertEqual(by_name["Winter"], lines[0])

    @mute_logger("odoo.addons.outsourcing_mgmt.models.contract.contract_ties")
    def test_renewed_also_where_an_order_cannot_be_repeated(self):
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_year(order)
        self.patch(
            self.env.registry["purchase.order"],
            "copy",
            lambda orders, default=None: 1 / 0,
        )
        self._run()
        successor = contract.successor_ids
        self.assertEqual(successor.state, "active")
        self.assertFalse(successor.purchase_order_ids)
        self.assertTrue(
            successor.activity_ids.filtered(
                lambda item: "order the new period" in (item.summary or "")
            )
        )

    @mute_logger("odoo.addons.outsourcing_mgmt.models.contract.contract_ties")
    def test_renewed_also_where_an_annex_is_lost(self):
        """Its file is missing; the job failed each night."""
        contract = self._create_year()
        annex = (
            self.env["outsourcing.contract.document"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "document_type": "annex",
                    "name": "Floors",
                    "file": SIGNED_COPY,
                    "file_name": "paper.pdf",
                }
            )
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = 'no/where' "
            "WHERE res_model = %s AND res_id = %s AND res_field = 'file'",
            [annex._name, annex.id],
        )
        self.env.invalidate_all()
        self._run()
        successor = contract.successor_ids
        self.assertEqual(successor.state, "active")
        self.assertNotIn("annex", successor.document_ids.mapped("document_type"))
        note = successor.activity_ids.filtered(
            lambda item: "order the new period" in (item.summary or "")
        ).note
        self.assertIn("Attach the annexes", note)
