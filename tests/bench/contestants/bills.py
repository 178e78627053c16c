"""Posting and paying vendor bills: core, OCA's tier validation, our gate.

Every bill has a vendor of its own, one line and one tax, on the generic chart.
"""

from unittest.mock import patch

from odoo import Command

from .stored import put

SERVICE = {"service_date_start": "2025-05-01", "service_date_end": "2025-05-31"}
FEBRUARY = {"service_date_start": "2025-02-01", "service_date_end": "2025-02-28"}


class Core:
    """Odoo's account module alone."""

    extra = {}

    def set_up(self, env, count, rows, singles, figures):
        self.singles = singles
        company = env.company
        if not company.chart_template:
            env["account.chart.template"].try_loading(
                "generic_coa", company=company, install_demo=False
            )
        self.journal_id = (
            env["account.journal"]
            .search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
            .id
        )
        vendors = env["res.partner"].create(
            [{"name": f"Vendor {index}"} for index in range(count)]
        )
        self.set_up_gate(env, vendors)
        self.vendor_ids = vendors.ids
        if "post by itself" in figures:
            due = {**self.extra, "auto_post": "at_date"}
            self.due_ids = self.new_bills(env, vendors, due).ids
            self.blocked_ids = self.new_blocked(env, vendors).ids
        if "pay in one call" in figures:
            # of the last vendors, so that the first ones bill the month once
            open_bills = self.new_bills(env, vendors[-singles:], self.extra)
            open_bills.action_post()
            self.open_ids = open_bills.ids
        if {"post in one call", "post one by one"} & set(figures):
            self.bill_ids = self.new_bills(env, vendors, self.extra).ids

    def new_bills(self, env, vendors, values):
        """Create a draft bill of each vendor."""
        tax = env["account.tax"].search(
            [("type_tax_use", "=", "purchase"), ("company_id", "=", env.company.id)],
            limit=1,
        )
        return env["account.move"].create(
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": vendor.id,
                    "invoice_date": "2025-06-02",
                    "date": "2025-06-02",
                    **values,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Service",
                                "quantity": 1,
                                "price_unit": 100 + index,
                                "tax_ids": tax.ids,
                            }
                        )
                    ],
                }
                for index, vendor in enumerate(vendors)
            ]
        )

    def new_blocked(self, env, vendors):
        """Due bills that the contestant holds back: none."""
        return env["account.move"]

    def set_up_gate(self, env, vendors):
        """Put up what stands between a draft and its posting."""

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def post_in_one_call(self, env):
        self.posted = env["account.move"].browse(self.bill_ids)
        self.posted.action_post()
        return len(self.posted)

    def post_one_by_one(self, env):
        self.posted = env["account.move"].browse(self.bill_ids[: self.singles])
        for bill_id in self.posted.ids:
            # a record of its own: fetching would take its neighbours along
            env["account.move"].browse(bill_id).action_post()
            # as in requests of their own: nothing is remembered from the last one
            env.flush_all()
            env.invalidate_all()
        return len(self.posted)

    def prepare_post_a_transaction_each(self, env):
        # those whose turn was longest ago: a vendor bills a month once
        turn = self.vendor_ids[: self.singles]
        self.vendor_ids = self.vendor_ids[self.singles :] + turn
        vendors = env["res.partner"].browse(turn)
        self.fresh_ids = self.new_bills(env, vendors, self.extra).ids
        env.cr.commit()

    def post_a_transaction_each(self, env):
        """As requests do: a connection borrowed for each, and its work committed."""
        for bill_id in self.fresh_ids:
            with env.registry.cursor() as cr:
                fresh = env(cr=cr)
                fresh["account.move"].browse(bill_id).action_post()
        self.posted = env["account.move"].browse(self.fresh_ids)
        return len(self.posted)

    def pay_in_one_call(self, env):
        self.posted = env["account.move"].browse(self.open_ids)
        wizard = (
            env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=self.posted.ids)
            .create({"journal_id": self.journal_id, "payment_date": "2025-06-03"})
        )
        wizard._create_payments()
        return len(self.posted)

    def post_by_itself(self, env):
        """As many free bills as blocked ones are due; the runs of one cron job."""
        self.posted = env["account.move"].browse(self.due_ids)
        blocked = env["account.move"].browse(self.blocked_ids)
        cron = type(env["ir.cron"])
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 0.0):
            for _run in range(-(-len(self.due_ids) // 100)):
                env["account.move"]._autopost_draft_entries()
        assert {"draft"} >= set(blocked.mapped("state")), "blocked bills were posted"
        return len(self.posted)

    def check(self, env, figure, items):
        states = set(self.posted.mapped("state"))
        assert states == {"posted"}, f"bills are {states}"
        if figure.startswith("pay"):
            paid = set(self.posted.mapped("amount_residual"))
            assert paid == {0.0}, "bills are not paid"


class TierValidation(Core):
    """One active definition, which matches no bill of these."""

    def set_up_gate(self, env, vendors):
        env["tier.definition"].create(
            {
                "name": "Large bills",
                "model_id": env.ref("account.model_account_move").id,
                "review_type": "individual",
                "reviewer_id": env.ref("base.user_admin").id,
                "definition_domain": "[('amount_total', '>', 1000000000)]",
            }
        )


class Gate(Core):
    """The gate holds, and asks for each bill in vain who its vendor is."""

    def set_up_gate(self, env, vendors):
        put(env.company, vendor_quality_gate_from="2025-01-01")
        env.registry.clear_cache()  # which companies have a gate


class GateWithContracts(Gate):
    """Every vendor has a contract and an approved form for the month billed.

    How contracts and forms get there is tested elsewhere: they are put in place.
    """

    extra = SERVICE

    def set_up_gate(self, env, vendors):
        super().set_up_gate(env, vendors)
        template = env["vendor.quality.template"].create(
            {"name": "Service", "code": "BENCH", "gate_at": "both", "threshold": 80}
        )
        contracts = env["outsourcing.contract"].create(
            [
                {
                    "subject": "Service",
                    "partner_id": vendor.id,
                    "date_start": "2025-01-01",
                    "date_end": "2026-12-31",
                    "amount_total": 1_000_000,
                    "vendor_quality_template_id": template.id,
                }
                for vendor in vendors
            ]
        )
        put(template, state="active")
        put(contracts, state="active")
        forms = env["vendor.quality.form"].create(
            [
                {
                    "contract_id": contract.id,
                    "date_start": SERVICE["service_date_start"],
                    "date_end": SERVICE["service_date_end"],
                }
                for contract in contracts
            ]
        )
        put(
            forms,
            state="approved",
            score=90,
            is_rated=True,
            fee_amount=1_000_000,
            payable_amount=1_000_000,
        )

    def new_blocked(self, env, vendors):
        return self.new_bills(env, vendors, {**FEBRUARY, "auto_post": "at_date"})

    def check(self, env, figure, items):
        super().check(env, figure, items)
        assert all(self.posted.mapped("vendor_quality_form_ids")), "bills without form"
