import random
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.bid import vendor as portal
from .common import SIGNED_COPY, ContractCommon, TenderCommon


@tagged("post_install", "-at_install")
class TestContractAward(TenderCommon):
    """The contract of a tender says what the award says."""

    assertRefused = ContractCommon.assertRefused
    _run_cron = ContractCommon._run_cron

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.outsourcing_tz = "UTC"
        cls.award = cls._create_final()
        cls.tender = cls.award.tender_id
        cls.final = cls.award.final_date

    def _create(self, user=None, **values):
        return (
            self.env["outsourcing.contract"]
            .with_user(user or self.procurement_user)
            .create({"award_ids": [Command.set(self.award.ids)], **values})
        )

    def _confirm_order(self):
        with freeze_time(self.final):
            self.tender.with_user(self.procurement_user).action_confirm_order()

    def test_next_is_the_contract(self):
        """After the order the tender and the start page say who makes the contract."""
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_tender_contract")
        mine = self.tender.with_user(self.procurement_user)
        self.assertFalse(mine.is_contract_due)
        self._confirm_order()
        self.tender.invalidate_recordset()
        self.assertTrue(mine.is_contract_due)
        self.assertIn("Create the contract", mine.next_step)
        tasks = self.tender.activity_ids
        task = tasks.filtered(lambda item: item.activity_type_id == kind)
        self.assertEqual(task.user_id, self.tender.user_id)
        awards = self.env["outsourcing.award"].with_user(self.procurement_user)
        waiting = [
            ("state", "=", "final"),
            ("contract_id", "not any", [("state", "!=", "cancelled")]),
        ]
        self.assertIn(self.award, awards.search(waiting))
        self.award.with_user(self.procurement_user).action_create_contract()
        self.tender.invalidate_recordset()
        self.assertFalse(mine.is_contract_due)
        self.assertFalse(mine.next_step)
        self.assertNotIn(kind, self.tender.activity_ids.activity_type_id)
        self.assertNotIn(self.award, awards.search(waiting))

    def test_from_the_award(self):
        self._confirm_order()
        action = self.award.with_user(self.procurement_user).action_create_contract()
        contract = self.env["outsourcing.contract"].browse(action["res_id"])
        request = self.tender.request_ids
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "draft",
                    "tender_id": self.tender.id,
                    "award_ids": self.award.ids,
                    "partner_id": self.award.partner_id.id,
                    "amount_total": self.award.amount_total,
                    "currency_id": self.tender.currency_id.id,
                    "category_id": self.category.id,
                    "date_start": request.date_start,
                    "date_end": request.date_end,
                    "award_date": self.final.date(),
                    "sign_deadline": self.final.date() + timedelta(days=30),
                    "filing_days": 3,
                    "purchase_order_ids": self.award.bid_id.purchase_order_id.ids,
                    "saving_amount": 30000,
                    "saving_percent": 25,
                }
            ],
        )
        self.assertRecordValues(
            self.tender, [{"saving_amount": 30000, "saving_percent": 25}]
        )
        self.assertEqual(request.contract_ids, contract)
        draft = contract.name
        contract.with_user(self.procurement_user).action_send_to_sign()
        steps = self.env["outsourcing.audit.log"].search(
            [
                ("res_model", "=", "outsourcing.tender"),
                ("res_id", "=", self.tender.id),
                ("part_model", "=", contract._name),
                ("verb", "in", ("contracted", "numbered")),
            ],
            order="id",
        )
        self.assertEqual(
            [(step.part_id, step.verb, step.details) for step in steps],
            [
                (
                    contract.id,
                    verb,
                    {"contract": name, "contract_id": contract.id},
                )
                for verb, name in (("contracted", draft), ("numbered", contract.name))
            ],
        )
        with freeze_time(self.final + timedelta(days=2)):
            contract.with_user(self.procurement_user).action_sign(
                self.final.date() + timedelta(days=1), SIGNED_COPY
            )
        self.assertEqual(request.state, "done")
        log = self.env["outsourcing.audit.log"].verify(
            "outsourcing.tender", self.tender.id
        )
        self.assertTrue(log["valid"])

    def test_plan_follows_contract_and_bills(self):
        """What was contracted and billed stands beside the budget of the plan."""
        request = self.tender.request_ids
        plan = (
            self.env["outsourcing.plan"]
            .with_user(self.hr_user)
            .create(
                {
                    "year": request.plan_year,
                    "line_ids": [
                        Command.create(
                            {
                                "department_id": request.department_id.id,
                                "category_id": request.category_id.id,
                                "budget": 1000,
                            }
                        )
                    ],
                }
            )
        )
        plan.request_validation()
        plan.with_user(self.other_hr_user).action_approve()
        plan.with_user(self.manager_user).action_approve()
        request.with_user(self.hr_user).plan_line_id = plan.line_ids
        self._confirm_order()
        self.award.with_user(self.procurement_user).action_create_contract()
        contract = self.award.contract_id.with_user(self.procurement_user)
        self.assertEqual(plan.contracted_amount, 0)
        contract.action_send_to_sign()
        with freeze_time(self.final + timedelta(days=2)):
            contract.action_sign(self.final.date() + timedelta(days=1), SIGNED_COPY)
        order = self.award.bid_id.purchase_order_id.sudo()
        order.order_line.qty_received = 1
        order.action_create_invoice()
        bill = order.invoice_ids
        bill.invoice_date = self.final.date()
        plan.invalidate_recordset()
        plan.line_ids.invalidate_recordset()
        self.assertEqual(plan.contracted_amount, self.award.amount_total)
        self.assertEqual(plan.billed_amount, 0)
        bill.action_post()
        plan.invalidate_recordset()
        plan.line_ids.invalidate_recordset()
        self.assertEqual(plan.billed_amount, bill.amount_untaxed)
        self.assertEqual(
            plan.line_ids.left_amount,
            1000 - max(request.estimated_amount, self.award.amount_total),
        )

    def test_amended_price_in_the_tender(self):
        """Officers see whether the vendor would have won at the amended price."""
        self._confirm_order()
        self.award.with_user(self.procurement_user).action_create_contract()
        contract = self.award.contract_id.with_user(self.procurement_user)
        contract.action_send_to_sign()
        with freeze_time(self.final + timedelta(days=2)):
            contract.action_sign(self.final.date() + timedelta(days=1), SIGNED_COPY)
            values = {"name": "x", "contract_id": contract.id, "reason": "y"}
            amendment = (
                self.env["outsourcing.contract.amendment"]
                .with_user(self.procurement_user)
                .create({**values, "amount_change": 1})
            )
            self.assertFalse(amendment.loses_tender)
            self.assertIn("would still be first", amendment.runner_up_note)
            # More months at the same price are no other price.
            amendment.amount_change = contract.amount_total
            days = (contract.date_end - contract.date_start).days + 1
            amendment.new_date_end = contract.date_end + timedelta(days=days)
            self.assertFalse(amendment.loses_tender)
            self.assertIn("90,000", amendment.runner_up_note)
            amendment.new_date_end = False
            amendment.amount_change = 10 * contract.amount_total
            self.assertTrue(amendment.loses_tender)
            runner_up = self.tender.sudo().bid_ids.filtered(lambda bid: bid.rank == 2)
            self.assertIn(runner_up.partner_id.name, amendment.runner_up_note)
        with self.assertRaises(AccessError):
            amendment.with_user(self.user_user).read(["runner_up_note"])

    def test_amendment_without_a_contract_yet(self):
        """New in the list of amendments: there is nothing to compare."""
        amendments = self.env["outsourcing.contract.amendment"]
        amendment = amendments.with_user(self.procurement_user).new({"name": "x"})
        self.assertFalse(amendment.runner_up_note)
        self.assertFalse(amendment.loses_tender)

    def test_nothing_is_bargained(self):
        amount = self.award.amount_total
        with self.assertRefused("bargained"):
            self._create(amount_total=amount - 1)
        with self.assertRefused("won by", AccessError):
            self._create(partner_id=self.vendors[2].id)
        self._confirm_order()
        contract = self._create()
        contract.amount_total = amount - 1
        with self.assertRefused("bargained"):
            contract.action_send_to_sign()
        contract.amount_total = amount
        with self.assertRaises(AccessError):
            contract.tender_id = False
        with self.assertRaises(AccessError):
            contract.award_ids = [Command.clear()]
        with self.assertRaises(AccessError):
            self.award.with_user(self.procurement_user).contract_id = False

    def _create_in_thirds(self):
        """Return a final award of three lines whose prices do not round evenly."""
        row = {"product_id": self.product.id, "product_qty": 0.6}
        award = self._create_final(
            prices=(3 * 0.6 * 1000.64, 1900.0, 2000.0),
            line_ids=[Command.create({**row, "name": str(n)}) for n in range(3)],
        )
        with freeze_time(award.final_date):
            award.tender_id.with_user(self.procurement_user).action_confirm_order()
        return award

    def test_amounts_agree_where_the_company_rounds_globally(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        award = self._create_in_thirds()
        order = award.bid_id.purchase_order_id
        self.assertEqual(
            (award.bid_id.amount_total, award.amount_total, order.amount_untaxed),
            (1801.15, 1801.15, 1801.15),
        )
        contract = self._create(award_ids=[Command.set(award.ids)])
        self.assertEqual(contract.amount_total, 1801.15)
        contract.action_send_to_sign()
        self.assertEqual(contract.state, "to_sign")
        self.assertNotIn("Rounding", "".join(contract.message_ids.mapped("body")))

    def _bid_at_random(self, rng):
        """Let vendors offer prices of their own for each line."""

        def bid(tender, number, _price):
            tender = tender.with_user(self.vendor_users[number]).sudo()
            offer = portal.start_bid(tender)
            prices = {
                line.id: (f"{rng.randrange(1, 10**5) / 100:.2f}", "")
                for line in tender.line_ids
            }
            portal.save_draft(offer, prices=prices, declared=True)
            offer.action_seal()
            return offer

        self.patch(type(self), "_bid", staticmethod(bid))

    def _price_in(self, currency):
        """Let finance name the reference prices in this currency."""
        create = TenderCommon._create_reference_price.__func__

        def create_in(cls, requests, amount, **values):
            return create(cls, requests, amount, **values, currency_id=currency.id)

        self.patch(type(self), "_create_reference_price", classmethod(create_in))

    def test_amounts_agree_in_units_and_currencies(self):
        """Of odd quantities, in another unit than the service's, in any currency."""
        rng = random.Random(7)
        self._bid_at_random(rng)
        units = [
            self.env.ref(f"uom.product_uom_{name}") for name in ("hour", "dozen", "kgm")
        ]
        for code in ("EUR", "JPY", "KWD"):
            currency = self.env.ref(f"base.{code}")
            currency.active = True
            self._price_in(currency)
            for method in ("round_per_line", "round_globally"):
                self.company.tax_calculation_rounding_method = method
                rows = [
                    {
                        "product_id": self.product.id,
                        "product_qty": rng.randrange(1, 999) / 100,
                        "product_uom_id": rng.choice(units).id,
                        "name": f"{code} {method} {number}",
                    }
                    for number in range(7)
                ]
                award = self._create_final(
                    currency_id=currency.id, line_ids=[*map(Command.create, rows)]
                )
                with freeze_time(award.final_date):
                    award.tender_id.with_user(
                        self.procurement_user
                    ).action_confirm_order()
                order = award.bid_id.purchase_order_id
                contract = self._create(award_ids=[Command.set(award.ids)])
                with self.subTest(currency=code, method=method):
                    self.assertEqual(order.currency_id, currency)
                    self.assertEqual(
                        order.order_line.mapped("product_uom_id"),
                        award.tender_id.line_ids.mapped("product_uom_id"),
                    )
                    amounts = {
                        record._name: currency.round(record[name])
                        for record, name in (
                            (award.bid_id, "amount_total"),
                            (award, "amount_total"),
                            (order, "amount_untaxed"),
                            (contract, "amount_total"),
                        )
                    }
                    self.assertEqual(len(set(amounts.values())), 1, amounts)
                    contract.action_send_to_sign()

    def test_difference_of_rounding_is_named_and_allowed(self):
        """As of an award that was made before, or a setting that changed since."""
        self.company.tax_calculation_rounding_method = "round_per_line"
        award = self._create_in_thirds()
        order = award.bid_id.purchase_order_id
        self.assertEqual(award.amount_total, 1801.14)
        contract = self._create(award_ids=[Command.set(award.ids)])
        self.company.tax_calculation_rounding_method = "round_globally"
        order._amount_all()
        self.assertEqual(order.amount_untaxed, 1801.15)
        contract.action_send_to_sign()
        self.assertIn("Rounding", contract.message_ids.sorted("id")[0].body)
        self.assertIn("0.01", contract.message_ids.sorted("id")[0].body)
        with freeze_time(award.final_date + timedelta(days=1)):
            contract.action_sign(award.final_date.date(), SIGNED_COPY)
        order.write({"outsourcing_contract_id": contract.id})

    def test_more_than_rounding_is_no_difference_of_rounding(self):
        award = self._create_in_thirds()
        contract = self._create(award_ids=[Command.set(award.ids)])
        self.assertTrue(contract._is_same_but_rounding(contract.purchase_order_ids))
        contract.amount_total = 1801.12
        self.assertFalse(contract._is_same_but_rounding(contract.purchase_order_ids))

    def test_order_first(self):
        contract = self._create()
        with self.assertRefused("not confirmed"):
            contract.action_send_to_sign()

    def test_one_contract_per_award(self):
        first = self._create()
        with self.assertRefused("has its contract"):
            self._create()
        first.action_cancel()
        self.assertEqual(self._create().award_ids, self.award)

    def test_only_final_awards(self):
        with freeze_time(self.final):
            self.award.with_user(self.manager_user).action_annul("Wrong figures")
        with self.assertRefused("not final"):
            self._create()

    def test_award_with_contract_is_not_annulled(self):
        self._create()
        with self.assertRefused("rests on it"):
            self.award.with_user(self.manager_user).action_annul("Second thoughts")

    def test_only_procurement(self):
        for role in ("officer", "manager", "hr", "user"):
            user = getattr(self, f"{role}_user")
            with self.subTest(role=role), self.assertRaises(UserError):
                self.award.with_user(user).action_create_contract()

    def test_requesters_read_their_contract(self):
        contract = self._create()
        stranger = self._new_user("stranger", "outsourcing_mgmt.group_outsourcing_user")
        contract.with_user(self.user_user).read(["amount_total"])
        contract.with_user(self.head_user).read(["amount_total"])
        with self.assertRaises(AccessError):
            contract.with_user(stranger).read(["amount_total"])

    def test_signed_late(self):
        def events():
            return self.env["outsourcing.compliance.event"].search(
                [("code", "=", "signed_late"), ("res_id", "=", self.award.id)]
            )

        with freeze_time(self.final + timedelta(days=30)):
            self._run_cron("ir_cron_compliance")
        self.assertFalse(events())
        with freeze_time(self.final + timedelta(days=31)):
            self._run_cron("ir_cron_compliance")
            self._run_cron("ir_cron_compliance")
        self.assertRecordValues(
            events(),
            [{"user_id": self.procurement_user.id, "res_model": "outsourcing.award"}],
        )

    def test_lawful_tender_raises_nothing(self):
        self._run_cron("ir_cron_compliance")
        self.assertFalse(
            self.env["outsourcing.compliance.event"].search(
                [("res_model", "=", "outsourcing.tender")]
            )
        )

    def test_breaches_of_the_tender(self):
        """What somebody did behind the procedure shows in the records."""
        tender = self.tender.sudo()
        cases = {
            "no_request": "UPDATE outsourcing_request SET approved_date = NULL",
            "late_reference_price": "UPDATE outsourcing_reference_price"
            " SET approved_date = approved_date + interval '30 days'",
            "too_few_bidders": "UPDATE outsourcing_tender SET min_bidders = 9",
            "opened_early": "UPDATE outsourcing_tender"
            " SET opened_date = bid_deadline - interval '1 hour'",
        }
        for statement in cases.values():
            self.env.cr.execute(statement)
        self.env.invalidate_all()
        self._run_cron("ir_cron_compliance")
        self._run_cron("ir_cron_compliance")
        events = self.env["outsourcing.compliance.event"].search(
            [("res_model", "=", tender._name), ("res_id", "=", tender.id)]
        )
        self.assertEqual(sorted(events.mapped("code")), sorted(cases))
        self.assertEqual(events.user_id, tender.published_by_id | tender.opened_by_id)

    def test_not_signed_before_it_was_released_for_signature(self):
        self._confirm_order()
        self.award.with_user(self.procurement_user).action_create_contract()
        contract = self.award.contract_id.with_user(self.procurement_user)
        with freeze_time(self.final + timedelta(days=60)):
            contract.action_send_to_sign()
            with self.assertRefused("released for signature"):
                contract.action_sign(
                    signed_date=self.final.date() + timedelta(days=5),
                    signed_copy=SIGNED_COPY,
                )
            contract.action_sign(signed_copy=SIGNED_COPY)
