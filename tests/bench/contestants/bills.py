"""Posting vendor bills: core alone, with OCA's tier validation, with our gate.

Draft bills of 200 vendors with one line and one tax, on the generic chart.
"""

from odoo import Command

VENDORS = 200


class Core:
    """Odoo's account module alone."""

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
        return self.set_up_gate(env)

    def set_up_gate(self, env):
        """Put up what stands between a draft and its posting."""

    def post_in_one_call(self, env):
        self.posted = env["account.move"].browse(self.bill_ids)
        self.posted.action_post()
        return len(self.posted)

    def post_one_by_one(self, env):
        self.posted = env["account.move"].browse(self.bill_ids[: self.singles])
        for bill in self.posted:
            bill.action_post()
            # as in requests of their own: nothing is remembered from the last one
            env.flush_all()
            env.invalidate_all()
        return len(self.posted)

    def check(self, env, figure, items):
        states = set(self.posted.mapped("state"))
        assert states == {"posted"}, f"bills are {states}"


class TierValidation(Core):
    """One active definition, which matches no bill of these."""

    def set_up_gate(self, env):
        env["tier.definition"].create(
            {
                "name": "Large bills",
                "model_id": env.ref("account.model_account_move").id,
                "review_type": "individual",
                "reviewer_id": env.ref("base.user_admin").id,
                "definition_domain": "[('amount_total', '>', 1000000000)]",
            }
        )


class QualityGate(Core):
    """The gate asks each bill whether its vendor has a contract; these have none."""

    def set_up_gate(self, env):
        if "vendor_quality_gate_reason" not in env["account.move"]._fields:
            return "the gate is not in this version of vendor_quality"
        return None
