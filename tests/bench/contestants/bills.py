"""Posting vendor bills: core alone, with OCA's tier validation, with our gate.

Draft bills of 200 vendors with one line and one tax, on the generic chart.
"""

from odoo import Command
from odoo.tools import SQL

VENDORS = 200
SERVICE = {"service_date_start": "2025-05-01", "service_date_end": "2025-05-31"}


class Core:
    """Odoo's account module alone."""

    extra = {}

    def set_up(self, env, count, rows, singles):
        self.singles = singles
        company = env.company
        if not company.chart_template:
            env["account.chart.template"].try_loading(
                "generic_coa", company=company, install_demo=False
            )
        vendors = env["res.partner"].create(
            [{"name": f"Vendor {index}"} for index in range(VENDORS)]
        )
        tax = env["account.tax"].search(
            [("type_tax_use", "=", "purchase"), ("company_id", "=", company.id)],
            limit=1,
        )
        bills = env["account.move"].create(
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": vendors[index % VENDORS].id,
                    "invoice_date": "2025-06-02",
                    **self.extra,
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
                for index in range(count)
            ]
        )
        self.bill_ids = bills.ids
        self.set_up_gate(env, vendors)

    def set_up_gate(self, env, vendors):
        """Put up what stands between a draft and its posting."""

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

    def check(self, env, figure, items):
        states = set(self.posted.mapped("state"))
        assert states == {"posted"}, f"bills are {states}"


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
        env.company.vendor_quality_gate_from = "2025-01-01"


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

    def check(self, env, figure, items):
        super().check(env, figure, items)
        assert all(self.posted.mapped("vendor_quality_form_ids")), "bills without form"


def put(records, **values):
    """Write straight to the database."""
    records.env.flush_all()
    assignments = SQL(", ").join(
        SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()
    )
    records.env.cr.execute(
        SQL(
            "UPDATE %s SET %s WHERE id IN %s",
            SQL.identifier(records._table),
            assignments,
            tuple(records.ids),
        )
    )
    records.invalidate_recordset()
