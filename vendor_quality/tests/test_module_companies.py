from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, QualityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCompanies(QualityCommon):
    """What one company inspects and scores, the other does not see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._create_collected_form()
        cls.inspection = cls._create_round("2026-02-10", ["pass"])
        cls.plan = cls._create_plan()
        cls.other_company = cls.env["res.company"].create({"name": "Sister"})
        cls.stranger = cls._new_user(
            "stranger",
            "vendor_quality.group_quality_manager,vendor_quality.group_quality_finance",
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )

    def test_other_company_sees_nothing(self):
        for record in (
            self.form,
            self.form.line_ids,
            self.inspection,
            self.inspection.line_ids,
            self.plan,
        ):
            strange = record.with_user(self.stranger)
            self.assertFalse(strange.search([("id", "in", record.ids)]))
            for operation in ("read", "write", "unlink"):
                self.assertFalse(strange.has_access(operation), record)
            with self.assertRaises(AccessError):
                strange.read(["display_name"])

    def test_other_company_neither_collects_nor_approves(self):
        with self.assertRaises(UserError):
            self.form.with_user(self.stranger).action_collect()
        self.form.action_submit()
        with self.assertRaises(UserError):
            self.form.with_user(self.stranger).validate_tier()
        with self.assertRaises(UserError):
            self.form.with_user(self.stranger).sudo().action_approve()

    def test_shared_templates_are_for_all(self):
        template = self.template.with_user(self.stranger)
        self.assertTrue(template.name)
        own = self._create_active_template(
            [(self.metric_presence, 10000)], code="own", company_id=self.company.id
        )
        self.assertFalse(own.with_user(self.stranger).has_access("read"))

    def test_forms_take_the_company_of_the_contract(self):
        vals = {"contract_id": self.contract.id}
        period = {"date_start": "2026-01-01", "date_end": "2026-01-31"}
        with self.assertRaises(AccessError):
            self.env["vendor.quality.form"].create(
                {**vals, **period, "company_id": self.other_company.id}
            )
        form = self.env["vendor.quality.form"].create({**vals, **period})
        inspection = self.env["vendor.quality.inspection"].create(
            {**vals, "inspector_id": self.inspector_user.id}
        )
        for record in (form, inspection, form.line_ids[0]):
            self.assertEqual(record.company_id, self.company)
