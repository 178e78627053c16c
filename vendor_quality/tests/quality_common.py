from datetime import date, datetime

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

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
TODAY = "2026-03-02 02:00:00"
PERIOD = (date(2026, 2, 1), date(2026, 2, 28))


class QualityCommon(BaseCommon):
    """A running contract for 2026, a template of two metrics, a user a role.

    Meant to run on ``TODAY``, a Monday; the last service period is February.
    ``cls.<role>_user`` for every role; a second one of those that must differ.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.resource_calendar_id.tz = "UTC"
        for role, group in GROUPS.items():
            setattr(cls, f"{role}_user", cls._new_user(role, group))
        for role in ("inspector", "officer", "manager", "finance"):
            setattr(cls, f"other_{role}_user", cls._new_user(f"{role}2", GROUPS[role]))
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
    def _new_user(cls, login, groups, **values):
        return new_test_user(
            cls.env,
            login=f"quality_{login}",
            groups=groups,
            name=f"Test {login}",
            email=f"{login}@quality.test",
            **{"company_id": cls.env.company.id, **values},
        )

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
    def _create_active_template(cls, weights, **values):
        template = cls._create_template(weights, **values)
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
                    "vendor_quality_template_id": cls.template.id,
                    **values,
                }
            )
        )
        if activate:
            contract.action_send_to_sign()
            signer = contract.with_user(cls.procurement_user).with_company(company)
            signer.action_sign(signed_date="2026-01-01")
            signer.action_activate()
        return contract.with_env(cls.env)

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
    def _create_round(cls, day, results, contract=None):
        """Create a round of the past with its results, as history is loaded."""
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
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE vendor_quality_inspection SET state = 'done', done_at = %s,"
            " done_by_id = %s, feedback_deadline = %s WHERE id = %s",
            [
                datetime.fromisoformat(f"{day} 10:00"),
                cls.inspector_user.id,
                day,
                inspection.id,
            ],
        )
        inspection.invalidate_recordset()
        return inspection

    @classmethod
    def _create_form(cls, contract=None, user=None, **values):
        return (
            cls.env["vendor.quality.form"]
            .with_user(user or cls.officer_user)
            .create(
                {
                    "contract_id": (contract or cls.contract).id,
                    "date_start": PERIOD[0],
                    "date_end": PERIOD[1],
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

    @classmethod
    def _review(cls, form, *users):
        """Let the department head, then finance settle their reviews."""
        for user in users or (cls.manager_user, cls.finance_user):
            mine = form.with_user(user)
            mine.invalidate_recordset()
            mine.validate_tier()
        form.invalidate_recordset()
