from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .quality_common import PERIOD, QualityCommon

MARCH = {"date_start": "2026-03-01", "date_end": "2026-03-31"}
JANUARY = {"date_start": "2026-01-01", "date_end": "2026-01-31"}


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
            {"name": "Other Services", "is_company": True, "email": "o@vendor.test"}
        )

    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.object(
                type(self.env["ir.cron"]),
                "_commit_progress",
                lambda cron, done=0, *, remaining=None, deactivate=False: 1.0,
            )
        )

    @contextmanager
    def _refused(self, text="grade C"):
        """Expect a refusal that says ``text`` and leaves nothing behind."""
        with self.assertRaises(UserError) as caught:
            yield caught
        self.assertIn(text, str(caught.exception))

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
        return cls._create_approved_form(
            presence, contract=contract or cls.contract, **{**JANUARY, **values}
        )

    @classmethod
    def _lift(cls, contract=None, presence=95):
        """Approve a form of February with grade B."""
        return cls._create_approved_form(
            presence,
            contract=contract or cls.contract,
            date_start=PERIOD[0],
            date_end=PERIOD[1],
        )

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


class PlanCommon(ConsequenceCommon):
    """January has grade C and its plan; March may show the effect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._block()
        cls.plan = cls.form.improvement_plan_ids.with_env(cls.env)
        cls.target = cls.plan.target_ids

    def _start(self, plan=None):
        plan = (plan or self.plan).with_user(self.officer_user)
        plan.write({"root_cause": "Two cleaners left", "plan": "Hire two"})
        plan.action_start()
        return plan

    def _verify(self, presence=95):
        """Take the plan to the check and approve the form of March."""
        plan = self._start()
        plan.action_request_check()
        with freeze_time("2026-04-02 02:00:00"):
            self._create_approved_form(presence, **MARCH)
        return plan.with_user(self.other_officer_user)

    def _create_unrated_march(self):
        """Approve a form that measures presence, but too little for a score."""
        self.env.cr.execute(
            "UPDATE vendor_quality_template SET min_coverage = 50 WHERE id = %s",
            [self.template.id],
        )
        self.template.invalidate_recordset()
        with freeze_time("2026-04-02 02:00:00"):
            march = self._create_approved_form(95, **MARCH)
        self.assertFalse(march.is_rated)
        return march

    def _get_march(self):
        return self.env["vendor.quality.form"].search(
            [("contract_id", "=", self.contract.id), ("date_end", "=", "2026-03-31")]
        )
