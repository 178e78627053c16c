"""The worlds that tests of vendor quality are played in."""

from contextlib import contextmanager
from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time
from odoo.tools import SQL

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY
from odoo.addons.outsourcing_mgmt.tests.fake_users import new_users

from .fake_outsourcing import send_direct
from .fake_person import InProcess

GROUPS = {
    "inspector": "vendor_quality.group_quality_inspector",
    "officer": "vendor_quality.group_quality_officer",
    "manager": "vendor_quality.group_quality_manager",
    "finance": "vendor_quality.group_quality_finance",
    "auditor": "vendor_quality.group_quality_auditor",
    "procurement": "outsourcing_mgmt.group_outsourcing_procurement",
    "owner": "outsourcing_mgmt.group_outsourcing_manager",
    "hr": "outsourcing_mgmt.group_outsourcing_hr",
    "plain": "base.group_user",
}
SECOND = ("officer", "manager", "finance")
GATE_GROUPS = {
    "biller": "account.group_account_invoice",
    "accountant": "account.group_account_manager",
    **{role: GROUPS[role] for role in (*SECOND, "owner", "procurement")},
    **{f"other_{role}": GROUPS[role] for role in SECOND},
}
TODAY = "2026-03-02 02:00:00"
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def dates(period):
    """Return the first and the last day of a period as values of a form."""
    return {"date_start": period[0], "date_end": period[1]}


class QualityWorld(InProcess):
    """What tests of forms and of bills share; ``cls.<role>_user`` writes forms."""

    @classmethod
    def _new_user(cls, login, groups, **values):
        return cls._new_users({login: groups}, **values)[login]

    @classmethod
    def _new_users(cls, groups, **values):
        """Create users from ``{login: groups}``; return them by the same logins."""
        users = new_users(
            cls.env,
            {
                f"quality_{login}": {
                    "groups": names,
                    "name": f"Test {login}",
                    "email": f"{login}@quality.test",
                    "company_id": cls.env.company.id,
                    **values,
                }
                for login, names in groups.items()
            },
        )
        return dict(zip(groups, users, strict=True))

    @classmethod
    def _create_metric(cls, code, anchors=((80, 0), (100, 100)), **values):
        return cls.env["vendor.quality.metric"].create(
            {
                "name": code.title(),
                "code": code,
                "company_id": False,
                "anchor_ids": [
                    Command.create({"value": value, "points": points})
                    for value, points in anchors
                ],
                **values,
            }
        )

    @classmethod
    def _prepare_template(cls, weights, **values):
        return {
            "name": "Cleaning test",
            "code": "cleaning_test",
            "company_id": False,
            "line_ids": [
                Command.create({"metric_id": metric.id, "weight_bp": weight})
                for metric, weight in weights
            ],
            "band_ids": [
                Command.create({"grade": "A", "lower_bound": 90}),
                Command.create({"grade": "B", "lower_bound": 60}),
                Command.create(
                    {"grade": "C", "lower_bound": 0, "blocks_payment": True}
                ),
            ],
            "deduction_ids": [
                Command.create({"lower_bound": 90, "rate": 0}),
                Command.create({"lower_bound": 60, "rate": 10}),
                Command.create({"lower_bound": 0, "rate": 20}),
            ],
            **values,
        }

    @classmethod
    def _create_template(cls, weights, user=None, **values):
        return (
            cls.env["vendor.quality.template"]
            .with_user(user or cls.manager_user)
            .create(cls._prepare_template(weights, **values))
        )

    @classmethod
    def _create_active_template(cls, weights, activate=True, **values):
        template = cls._create_template(weights, **values)
        if activate:
            template.with_user(cls.other_manager_user).action_activate()
        return template.with_env(cls.env)

    @classmethod
    def _create_contract(cls, activate=True, company=None, **values):
        company = company or cls.company
        contract = (
            cls.env["outsourcing.contract"]
            .with_user(cls.owner_user)
            .with_company(company)
            .create(
                {
                    "subject": "Cleaning of the head office",
                    "partner_id": cls.vendor.id,
                    "company_id": company.id,
                    "owner_id": cls.officer_user.id,
                    "date_start": "2026-01-01",
                    "date_end": "2026-12-31",
                    "amount_total": 120000,
                    "direct_reason": "Test",
                    "category_id": cls.env.ref("outsourcing_mgmt.category_other").id,
                    "renewals_foreseen": 1,
                    "vendor_quality_template_id": cls.template.id,
                    **values,
                }
            )
        )
        if activate:
            cls._sign(contract)
        return contract.with_env(cls.env)

    @classmethod
    def _sign(cls, contract):
        """Take a draft contract into force."""
        vendor = contract.sudo().partner_id
        vendor.vat = vendor.vat or f"TAX {8**7 + vendor.id}"
        mine = contract.with_company(contract.company_id)
        send_direct(mine.with_user(cls.owner_user))
        signer = mine.with_user(cls.procurement_user)
        signer.action_sign(signed_date="2026-01-01", signed_copy=SIGNED_COPY)
        signer.action_activate()

    @classmethod
    def _review(cls, form, *users):
        """Let the department head, then finance settle their reviews."""
        for user in users or (cls.manager_user, cls.finance_user):
            mine = form.with_user(user)
            mine.invalidate_recordset()
            mine.validate_tier()
        form.invalidate_recordset()

    @classmethod
    def _set(cls, records, **values):
        """Write straight to the database: how it comes to be so is tested elsewhere."""
        cls.env.flush_all()
        cls.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), value)
                    for name, value in values.items()
                ),
                records.ids,
            )
        )
        records.invalidate_recordset()

    @classmethod
    def _keep_transaction(cls):
        """Return a patch that lets jobs run on without the commits between batches."""
        return patch.object(
            cls.env.registry["ir.cron"],
            "_commit_progress",
            lambda cron, done=0, *, remaining=None, deactivate=False: 3600.0,
        )

    def _name_deputy(self, user, deputy):
        """Let ``deputy`` stand in for ``user`` today and tomorrow."""
        today = self.company._outsourcing_today()
        self.env["outsourcing.deputy"].with_user(user).create(
            {
                "user_id": user.id,
                "deputy_id": deputy.id,
                "date_from": today,
                "date_to": today + timedelta(days=1),
                "reason": "Ill",
            }
        )

    def _assert_refused_for(self, document, deputy, approver):
        """Assert that history and log say in whose place a deputy refused."""
        mine = [("res_model", "=", document._name), ("res_id", "=", document.id)]
        history = self.env["outsourcing.review.history"].search(mine)
        history = history.filtered(lambda row: row.status == "rejected")
        self.assertRecordValues(
            history, [{"done_by_id": deputy.id, "deputy_for_id": approver.id}]
        )
        log = self.env["outsourcing.audit.log"].search(mine)
        log = log.filtered(lambda row: row.verb == "reviewed_as_deputy")
        self.assertEqual(log.user_id, deputy)

    @contextmanager
    def _refused(self, message="", error=UserError):
        """Expect a refusal that says ``message`` and leaves nothing behind."""
        with self.assertRaises(error) as caught:
            yield caught
        self.assertIn(message, str(caught.exception))


class QualityCommon(QualityWorld, BaseCommon):
    """A running contract for 2026, a template of two metrics, a user a role.

    Meant to run on ``TODAY``, a Monday; the last service period is February.
    ``cls.<role>_user`` for every role; a second one of those that must differ.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.outsourcing_tz = "UTC"
        others = {f"other_{role}": GROUPS[role] for role in ("inspector", *SECOND)}
        for role, user in cls._new_users({**GROUPS, **others}).items():
            setattr(cls, f"{role}_user", user)
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Bright Services", "is_company": True, "email": "b@vendor.test"}
        )
        cls.metric_rounds = cls._create_metric(
            "rounds", source="inspection", missing_policy="zero"
        )
        cls.metric_presence = cls._create_metric("presence", missing_policy="zero")
        cls.template = cls._create_active_template(
            [(cls.metric_rounds, 6000), (cls.metric_presence, 4000)]
        )
        cls.contract = cls._create_contract()

    # ------------------------------------------------------------
    # FACTORIES
    # ------------------------------------------------------------

    @classmethod
    def _create_plan(cls, **values):
        return (
            cls.env["vendor.quality.inspection.plan"]
            .with_user(cls.officer_user)
            .create(
                {
                    "name": "Weekly round",
                    "contract_id": cls.contract.id,
                    "inspector_id": cls.inspector_user.id,
                    "verifier_id": cls.other_inspector_user.id,
                    "frequency": "weekly",
                    "weekday": "0",
                    "date_start": "2026-02-01",
                    "line_ids": [
                        Command.create({"name": "Floors"}),
                        Command.create({"name": "Windows"}),
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def _create_round(cls, day, results, contract=None, done=True):
        """Create a round of the past, done by its inspector at 10 o'clock."""
        inspection = cls.env["vendor.quality.inspection"].create(
            {
                "contract_id": (contract or cls.contract).id,
                "inspector_id": cls.inspector_user.id,
                "date_due": day,
                "line_ids": [
                    Command.create({"name": f"Item {index}", "result": result})
                    for index, result in enumerate(results)
                ],
            }
        )
        if done:
            with freeze_time(f"{day} 10:00:00"):
                inspection.with_user(cls.inspector_user).action_done()
        return inspection

    @classmethod
    def _create_form(cls, contract=None, user=None, **values):
        return (
            cls.env["vendor.quality.form"]
            .with_user(user or cls.officer_user)
            .create(
                {
                    "contract_id": (contract or cls.contract).id,
                    **dates(FEBRUARY),
                    **values,
                }
            )
        )

    @classmethod
    def _enter(cls, form, code, value, note="Attendance list"):
        line = form.line_ids.filtered(lambda item: item.code == code)
        line.write({"manual_value": value, "manual_note": note})
        return line

    @classmethod
    def _create_collected_form(cls, presence=95, **values):
        """Return a form of 75 for presence and what the rounds gave."""
        form = cls._create_form(**values)
        cls._enter(form, "presence", presence)
        form.action_collect()
        return form

    @classmethod
    def _create_approved_form(cls, presence=95, **values):
        form = cls._create_collected_form(presence, **values)
        form.action_submit()
        cls._review(form)
        form.with_user(cls.manager_user).action_approve()
        return form


class ConsequenceCommon(QualityCommon):
    """Grade C, under 60, blocks invitations and orders; B and A block nothing.

    Presence of 95 % gives 75 points and weighs all: score 75, grade B. With
    85 % it is 25 points, grade C.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer_user = cls._new_user("buyer", "purchase.group_purchase_manager")
        cls.product = cls.env["product.product"].create(
            {"name": "Cleaning, month", "type": "service"}
        )
        cls.free_vendor = cls.env["res.partner"].create(
            {
                "name": "Other Services",
                "is_company": True,
                "email": "o@vendor.test",
                "vat": "TAX 2026-09",
            }
        )

    def setUp(self):
        super().setUp()
        self.startPatcher(self._keep_transaction())

    def _refused(self, text="grade C"):
        return super()._refused(text)

    @classmethod
    def _create_metric(cls, code, **values):
        if code == "rounds":
            values["missing_policy"] = "exclude"
        return super()._create_metric(code, **values)

    @classmethod
    def _prepare_template(cls, weights, **values):
        prepared = super()._prepare_template(weights, **values)
        if "band_ids" not in values:
            prepared["min_coverage"] = 30
            prepared["band_ids"] = [
                Command.create({"grade": "A", "lower_bound": 90}),
                Command.create({"grade": "B", "lower_bound": 60}),
                Command.create(
                    {
                        "grade": "C",
                        "lower_bound": 0,
                        "blocks_invitation": True,
                        "blocks_order": True,
                    }
                ),
            ]
        return prepared

    @classmethod
    def _block(cls, contract=None, presence=85, **values):
        """Approve a form of January with grade C."""
        values = {**dates(JANUARY), **values}
        return cls._create_approved_form(presence, contract=contract, **values)

    @classmethod
    def _lift(cls, contract=None, presence=95):
        """Approve a form of February with grade B."""
        return cls._create_approved_form(presence, contract=contract)

    @classmethod
    def _create_order(cls, vendor=None, user=None, **values):
        return (
            cls.env["purchase.order"]
            .with_user(user or cls.buyer_user)
            .create(
                {
                    "partner_id": (vendor or cls.vendor).id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": cls.product.id,
                                "product_qty": 1,
                                "price_unit": 100,
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def _create_waiver(cls, kind="order", approve=True, **values):
        waiver = (
            cls.env["vendor.quality.waiver"]
            .with_user(cls.manager_user)
            .create(
                {
                    "partner_id": cls.vendor.id,
                    "kind": kind,
                    "reason": "Nobody else has the parts.",
                    **values,
                }
            )
        )
        if approve:
            waiver.action_submit()
            mine = waiver.with_user(cls.finance_user)
            mine.validate_tier()
            mine.action_approve()
        return waiver


class GateCommon(QualityWorld, AccountTestInvoicingCommon):
    """A vendor under a contract with quality forms, and the people of the gate.

    The gate holds from 2026 on. Forms are put in their final state directly.
    """

    has_contract = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.vendor_quality_gate_from = date(2026, 1, 1)
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Clean & Co", "is_company": True, "vat": "BE0477472701"}
        )
        cls.other_vendor = cls.env["res.partner"].create(
            {"name": "Paper Mill", "is_company": True}
        )
        for role, user in cls._new_users(GATE_GROUPS).items():
            setattr(cls, role, user)
            setattr(cls, f"{role}_user", user)
        cls.template = cls.env["vendor.quality.template"]
        if cls.has_contract:
            cls.metric = cls._create_metric("service")
            cls.template = cls._create_active_template(
                [(cls.metric, 10000)],
                band_ids=[Command.create({"grade": "A", "lower_bound": 0})],
            )
            cls.contract = cls._new_contract(cls.vendor)
        cls.bank_journal = cls.company_data["default_journal_bank"]
        cls.payable = cls.company_data["default_account_payable"]
        cls.expense = cls.company_data["default_account_expense"]

    @classmethod
    def get_default_groups(cls):
        """Whoever builds the fixture may write forms and contracts."""
        groups = super().get_default_groups()
        for name in ("manager", "owner", "procurement"):
            groups |= cls.env.ref(GROUPS[name])
        return groups

    @classmethod
    def _use_chart_template(cls, company, chart_template_ref=None):
        """Load the generic chart without a search of all modules for their charts."""
        cls.env["account.chart.template"].try_loading(
            chart_template_ref or "generic_coa", company=company, install_demo=False
        )
        company.account_fiscal_country_id = (
            company.account_fiscal_country_id or cls.env.ref("base.us")
        )

    # ------------------------------------------------------------
    # FACTORIES
    # ------------------------------------------------------------

    @classmethod
    def _new_users(cls, groups, **values):
        inner = {login: f"base.group_user,{names}" for login, names in groups.items()}
        return super()._new_users(inner, **values)

    @classmethod
    def _prepare_template(cls, weights, **values):
        return super()._prepare_template(
            weights,
            **{
                "code": "GATE-T",
                "gate_at": "both",
                "threshold": 80.0,
                "deduction_ids": [],
                **values,
            },
        )

    @classmethod
    def _new_contract(cls, vendor, template=None, **values):
        """Create a contract of two years in force."""
        return cls._create_contract(
            **{
                "partner_id": vendor.id,
                "date_end": date(2027, 12, 31),
                "amount_total": 24000.0,
                "currency_id": cls.company.currency_id.id,
                "vendor_quality_template_id": (template or cls.template).id,
                **values,
            }
        )

    @classmethod
    def _new_form(cls, period=JANUARY, contract=None, state="approved", **values):
        """Create a form of the period that is ``state`` already."""
        contract = contract or cls.contract
        form = cls.env["vendor.quality.form"].create(
            {"contract_id": contract.id, **dates(period)}
        )
        fee = values.pop("fee_amount", 1000.0)
        cls._set(
            form,
            **{
                "state": state,
                "score": 90.0,
                "is_rated": True,
                "fee_amount": fee,
                "payable_amount": fee,
                "deduction_amount": fee - values.get("payable_amount", fee),
                "disputed_amount": 0.0,
                **values,
            },
        )
        return form

    @classmethod
    def _new_bill(cls, amount=1000.0, vendor=None, period=JANUARY, user=None, **values):
        """Create a draft bill of one line and the company's purchase tax."""
        lines = values.pop(
            "invoice_line_ids",
            [
                Command.create(
                    {
                        "name": "Cleaning",
                        "quantity": 1,
                        "price_unit": amount,
                        "account_id": cls.company_data["default_account_expense"].id,
                        "tax_ids": [Command.set(cls.tax_purchase_a.ids)],
                    }
                )
            ],
        )
        Move = cls.env["account.move"].with_user(user or cls.env.user)
        return Move.create(
            {
                "move_type": "in_invoice",
                "partner_id": (vendor or cls.vendor).id,
                "invoice_date": date(2026, 2, 5),
                "date": date(2026, 2, 5),
                "service_date_start": period and period[0],
                "service_date_end": period and period[1],
                "invoice_line_ids": lines,
                **values,
            }
        )

    @classmethod
    def _new_posted_bill(cls, *args, **kwargs):
        bill = cls._new_bill(*args, **kwargs)
        bill.action_post()
        return bill

    @classmethod
    def _refresh_holds(cls):
        """Run the job that lists the blocked bills; a test may not commit."""
        with cls._keep_transaction():
            cls.env["vendor.quality.gate"]._cron_refresh()

    def _pay(self, bills, amount=None, user=None, **values):
        """Register payments in the wizard; return them."""
        wizard = (
            self.env["account.payment.register"]
            .with_user(user or self.accountant)
            .with_context(active_model="account.move", active_ids=bills.ids)
            .create(
                {
                    "journal_id": self.bank_journal.id,
                    "payment_date": date(2026, 2, 10),
                    **({"amount": amount} if amount else {}),
                    **values,
                }
            )
        )
        return wizard._create_payments()

    def _request(self, bill, user=None, **values):
        request = (
            self.env["vendor.quality.exception"]
            .with_user(user or self.accountant)
            .create({"move_id": bill.id, "reason": "Agreed with the head", **values})
        )
        request.action_submit()
        return request

    def _approve(self, request, user=None):
        request = request.with_user(user or self.finance)
        request.validate_tier()
        request.action_approve()
        return request

    def _except(self, bill, **values):
        return self._approve(self._request(bill, **values))

    def _assert_proof(self):
        """The nightly query: no governed bill passed without a decision."""
        self.env.flush_all()
        # The real clock wrote the taxes, the stopped one approved the forms.
        query = "UPDATE account_tax SET write_date = '2000-01-01' WHERE write_date > %s"
        self.env.cr.execute(query, [fields.Datetime.now()])
        self.env["account.tax"].invalidate_model(["write_date"])
        undecided = self.env["vendor.quality.gate"]._find_undecided()
        self.assertFalse(
            [(move.display_name, verdict.rule) for move, verdict in undecided]
        )


class MoneyCommon(GateCommon):
    """Forms that cost something, and the bills they take it off.

    Two manual metrics, presence and uptime, of half the weight each: 80 gives
    no points, 100 gives 100. The table takes 10 % under 90 points. Meant to run
    on ``TODAY``; the service period is February, its fee 10,000.
    """

    has_contract = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metrics = cls._create_metric("presence") + cls._create_metric("uptime")

    @classmethod
    def _new_money_template(
        cls,
        credit_ids=(),
        weights=(5000, 5000),
        deductions=((90, 0), (0, 10)),
        **values,
    ):
        """Create a template in force.

        :param credit_ids: pairs of the index of a metric and values of a credit
        :param weights: of the metrics, in basis points
        :param deductions: pairs of a lower bound of the score and a rate
        """
        return cls._create_active_template(
            zip(cls.metrics, weights, strict=True),
            code=values.pop("code", "MONEY"),
            threshold=0.0,
            band_ids=[
                Command.create({"grade": "A", "lower_bound": 90}),
                Command.create({"grade": "B", "lower_bound": 0}),
            ],
            deduction_ids=[
                Command.create({"lower_bound": bound, "rate": rate})
                for bound, rate in deductions
            ],
            credit_ids=[
                Command.create({"metric_id": cls.metrics[index].id, **credit})
                for index, credit in credit_ids
            ],
            **values,
        )

    @classmethod
    def _new_money_contract(
        cls, currency=None, amount_total=120000.0, date_end="2026-12-31", **template
    ):
        """Create a contract for 2026, scored by a new template."""
        return cls._new_contract(
            cls.vendor,
            template=cls._new_money_template(**template),
            amount_total=amount_total,
            date_end=date_end,
            currency_id=(currency or cls.company.currency_id).id,
        )

    @classmethod
    def _collect(cls, contract, presence=90, uptime=100, period=FEBRUARY, fee=10000.0):
        """Return a collected form; 90 % presence are 50 points, so a score of 75."""
        form = (
            cls.env["vendor.quality.form"]
            .with_user(cls.officer)
            .create({"contract_id": contract.id, **dates(period), "fee_amount": fee})
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
        cls._review(form)
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
        with self._keep_transaction():
            getattr(self.env["vendor.quality.deduction"], name)()
        self.env.invalidate_all()

    def _assert_items(self, state, form):
        self.env.invalidate_all()
        self.assertEqual(set(form.deduction_ids.mapped("state")), {state})

    def _items(self, form):
        return {item.key: item for item in form.deduction_ids}
