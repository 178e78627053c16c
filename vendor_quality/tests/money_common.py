from unittest.mock import patch

from odoo import Command

from .gate_common import FEBRUARY, GateCommon

TODAY = "2026-03-02 02:00:00"


class MoneyCommon(GateCommon):
    """Forms that cost something, and the bills they take it off.

    Two manual metrics, presence and uptime, of half the weight each: 80 gives
    no points, 100 gives 100. The table takes 10 % under 90 points. Meant to run
    on ``TODAY``; the service period is February, its fee 10,000.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._new_user("officer", "vendor_quality.group_quality_officer")
        cls.other_officer = cls._new_user(
            "officer2", "vendor_quality.group_quality_officer"
        )
        cls.manager = cls._new_user("manager", "vendor_quality.group_quality_manager")
        cls.other_manager = cls._new_user(
            "manager2", "vendor_quality.group_quality_manager"
        )
        cls.metrics = cls.env["vendor.quality.metric"].create(
            [
                {
                    "name": code.title(),
                    "code": code,
                    "anchor_ids": [
                        Command.create({"value": 80, "points": 0}),
                        Command.create({"value": 100, "points": 100}),
                    ],
                }
                for code in ("presence", "uptime")
            ]
        )

    # ------------------------------------------------------------
    # FACTORIES
    # ------------------------------------------------------------

    @classmethod
    def _new_money_template(cls, credit_ids=(), **values):
        """Create a template in force; credits as ``(metric index, values)``."""
        template = cls._new_template(
            code=values.pop("code", "MONEY"),
            threshold=0.0,
            line_ids=[
                Command.create({"metric_id": metric.id, "weight_bp": 5000})
                for metric in cls.metrics
            ],
            band_ids=[
                Command.create({"grade": "A", "lower_bound": 90}),
                Command.create({"grade": "B", "lower_bound": 0}),
            ],
            deduction_ids=[
                Command.create({"lower_bound": 90, "rate": 0}),
                Command.create({"lower_bound": 0, "rate": 10}),
            ],
            credit_ids=[
                Command.create({"metric_id": cls.metrics[index].id, **credit})
                for index, credit in credit_ids
            ],
            **values,
        )
        return template

    @classmethod
    def _new_money_contract(cls, currency=None, **template):
        """Create a contract of 120,000 for 2026, scored by a new template."""
        values = {
            key: template.pop(key)
            for key in ("amount_total", "date_end")
            if key in template
        }
        return cls._new_contract(
            cls.vendor,
            template=cls._new_money_template(**template),
            **{
                "amount_total": 120000.0,
                "date_end": "2026-12-31",
                "currency_id": (currency or cls.company.currency_id).id,
                **values,
            },
        )

    @classmethod
    def _collect(cls, contract, presence=90, uptime=100, period=FEBRUARY, fee=10000.0):
        """Return a collected form; 90 % presence are 50 points, so a score of 75."""
        form = (
            cls.env["vendor.quality.form"]
            .with_user(cls.officer)
            .create(
                {
                    "contract_id": contract.id,
                    "date_start": period[0],
                    "date_end": period[1],
                    "fee_amount": fee,
                }
            )
        )
        cls._enter(form, presence=presence, uptime=uptime)
        form.action_collect()
        return form

    @classmethod
    def _enter(cls, form, **values):
        for line in form.line_ids:
            if line.code in values:
                line.write({"manual_value": values[line.code], "manual_note": "List"})

    @classmethod
    def _approve_form(cls, form, preparer=None):
        form.with_user(preparer or cls.officer).action_submit()
        for user in (cls.manager, cls.finance):
            mine = form.with_user(user)
            mine.invalidate_recordset()
            mine.validate_tier()
        form.invalidate_recordset()
        form.with_user(cls.manager).action_approve()
        form.invalidate_recordset()
        return form.with_env(cls.env)

    @classmethod
    def _new_approved(cls, contract, **values):
        return cls._approve_form(cls._collect(contract, **values))

    @classmethod
    def _supersede(cls, form, **entered):
        """Put another form with other figures in place of this one."""
        form.with_user(cls.officer).action_supersede("Late data")
        successor = form.superseded_by_ids.with_user(cls.officer)
        cls._enter(successor, **{"presence": 90, "uptime": 100, **entered})
        successor.action_collect()
        return successor

    # ------------------------------------------------------------
    # ACTS
    # ------------------------------------------------------------

    def _bill(self, amount, contract, period=FEBRUARY, **values):
        bill = self._new_bill(
            amount,
            period=period,
            invoice_date="2026-03-01",
            date="2026-03-01",
            outsourcing_contract_id=contract.id,
            **values,
        )
        bill.action_post()
        return bill

    def _apply(self, records, user=None, **values):
        """Apply deductions in the wizard; return the entries."""
        user = user or self.accountant
        action = (
            self.env["vendor.quality.deduction.apply"]
            .with_user(user)
            .with_context(active_model=records._name, active_ids=records.ids)
            .create({"is_posted": True, **values})
            .action_apply()
        )
        moves = self.env["account.move"].with_user(user)
        if action.get("res_id"):
            return moves.browse(action["res_id"]).with_env(self.env)
        return moves.search(action["domain"]).with_env(self.env)

    def _run_cron(self, name):
        """Run a nightly method of the deductions; a test may not commit."""
        with patch.object(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda *args, **kwargs: float("inf"),
        ):
            getattr(self.env["vendor.quality.deduction"], name)()
        self.env.invalidate_all()

    def _assert_items(self, state, form):
        self.env.invalidate_all()
        self.assertEqual(set(form.deduction_ids.mapped("state")), {state})

    def _items(self, form):
        return {item.key: item for item in form.deduction_ids}
