from odoo import Command

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY

from .race_common import RaceCase
from .stored import put

FEBRUARY = ("2025-02-01", "2025-02-28")
USERS = {
    "officer": "vendor_quality.group_quality_officer",
    "manager": "vendor_quality.group_quality_manager",
    "manager2": "vendor_quality.group_quality_manager",
    "finance": "vendor_quality.group_quality_finance",
    "clerk": "account.group_account_invoice",
    "clerk2": "account.group_account_invoice",
}


class QualityRaceCase(RaceCase):
    """A vendor whose February cost 10,000 and is scored 75: 10 % are deducted."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            self.company_id = env.company.id
            self._open_gate(env)
            self.users = {
                login: self._make_user(env, login, group)
                for login, group in USERS.items()
            }
            self._make_accounts(env)
            self.template_id = self._make_template(env).id

    def _open_gate(self, env):
        """The company exists already: what is set on it is put back in the end."""
        before = env.company.vendor_quality_gate_from

        def close():
            with self._env() as env:
                company = env.company.with_context(outsourcing_flow_key=FLOW_KEY)
                company.vendor_quality_gate_from = before

        self.addCleanup(close)
        env.company.vendor_quality_gate_from = "2025-01-01"

    def _make_user(self, env, login, group):
        """Nobody logs in: no password, whose hash takes the longest of all."""
        groups = env.ref("base.group_user") | env.ref(group)
        Users = env["res.users"].with_context(no_reset_password=True)
        return Users.create(
            {
                "name": f"Race {login}",
                "login": f"race_{login}",
                "email": f"{login}@race.test",
                "group_ids": [Command.set(groups.ids)],
            }
        ).id

    def _make_accounts(self, env):
        payable, expense, transit = env["account.account"].create(
            [
                {
                    "name": "Race",
                    "code": f"RACE{number}",
                    "account_type": kind,
                    "reconcile": kind != "expense",
                }
                for number, kind in enumerate(
                    ("liability_payable", "expense", "asset_current")
                )
            ]
        )
        # A journal each: core's numbering must not be what keeps two bills apart.
        journals = env["account.journal"].create(
            [
                {
                    "name": f"Race {number}",
                    "code": f"RAC{number}",
                    "type": "purchase",
                    "default_account_id": expense.id,
                }
                for number in range(2)
            ]
        )
        vendor = env["res.partner"].create(
            {
                "name": "Race",
                "is_company": True,
                "property_account_payable_id": payable.id,
            }
        )
        banks = env["account.journal"].create(
            [
                {
                    "name": f"Race Bank {number}",
                    "code": f"RAB{number}",
                    "type": "bank",
                    "default_account_id": transit.copy().id,
                }
                for number in range(2)
            ]
        )
        banks.outbound_payment_method_line_ids.payment_account_id = transit
        self.bank_ids = banks.ids
        self.journal_ids, self.vendor_id = journals.ids, vendor.id

    def _make_template(self, env, **values):
        prefix = values.setdefault("code", "RACE").lower().replace("-", "_")
        metrics = env["vendor.quality.metric"].create(
            [
                {
                    "name": code,
                    "code": f"{prefix}_{code}",
                    "anchor_ids": [
                        Command.create({"value": 80, "points": 0}),
                        Command.create({"value": 100, "points": 100}),
                    ],
                }
                for code in ("presence", "uptime")
            ]
        )
        template = env["vendor.quality.template"].create(
            {
                "name": "Race",
                "gate_at": "both",
                "line_ids": [
                    Command.create({"metric_id": metric.id, "weight_bp": 5000})
                    for metric in metrics
                ],
                "band_ids": [
                    Command.create({"grade": "A", "lower_bound": 90}),
                    Command.create({"grade": "B", "lower_bound": 0}),
                ],
                "deduction_ids": [
                    Command.create({"lower_bound": 90, "rate": 0}),
                    Command.create({"lower_bound": 0, "rate": 10}),
                ],
                **values,
            }
        )
        self._put(template, state="active")
        return template

    def _make_contract(self, env, template=None):
        template_id = template.id if template else self.template_id
        contract = env["outsourcing.contract"].create(
            {
                "subject": "Race",
                "partner_id": self.vendor_id,
                "date_start": "2025-01-01",
                "date_end": "2025-12-31",
                "amount_total": 120000,
                "vendor_quality_template_id": template_id,
            }
        )
        self._put(contract, state="active", signed_date="2025-01-01")
        return contract

    def _put(self, record, **values):
        put(record, **values)

    def _make_submitted_form(self, env, contract, period=FEBRUARY):
        form = (
            env["vendor.quality.form"]
            .with_user(self.users["officer"])
            .create(
                {
                    "contract_id": contract.id,
                    "date_start": period[0],
                    "date_end": period[1],
                    "fee_amount": 10000,
                }
            )
        )
        for line, value in zip(form.line_ids, (90, 100), strict=True):
            line.write({"manual_value": value, "manual_note": "List"})
        form.action_collect()
        form.action_submit()
        return form

    def _make_reviewed_form(self, env, contract, period=FEBRUARY):
        """Return a form that waits for nothing but its approval."""
        form = self._make_submitted_form(env, contract, period)
        for login in ("manager", "finance"):
            mine = form.with_user(self.users[login])
            mine.invalidate_recordset()
            mine.validate_tier()
        form.invalidate_recordset()
        return form.with_env(env)

    def _make_approved_form(self, env, contract, period=FEBRUARY):
        form = self._make_reviewed_form(env, contract, period)
        form.with_user(self.users["manager"]).action_approve()
        form.invalidate_recordset()
        return form

    def _make_bill(self, env, contract, amount, journal=0, period=FEBRUARY):
        return env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor_id,
                "journal_id": self.journal_ids[journal],
                "invoice_date": "2025-03-01",
                "date": "2025-03-01",
                "outsourcing_contract_id": contract.id,
                "service_date_start": period[0],
                "service_date_end": period[1],
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Service",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
