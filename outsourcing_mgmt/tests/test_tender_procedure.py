from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OutsourcingCommon


@tagged("post_install", "-at_install")
class TestConfiguration(OutsourcingCommon):
    def test_procedure_is_proposed_by_amount(self):
        Procedure = self.env["outsourcing.procedure"]
        invited = self.env.ref("outsourcing_mgmt.procedure_company_invited")
        public = self.env.ref("outsourcing_mgmt.procedure_company_public")
        for amount, expected in ((0, invited), (499999, invited), (500000.01, public)):
            with self.subTest(amount=amount):
                self.assertEqual(Procedure._propose(amount, self.company), expected)
        (invited | public).active = False
        self.assertFalse(Procedure._propose(100, self.company))

    def test_procedure_rules(self):
        procedure = self.env.ref("outsourcing_mgmt.procedure_company_invited")
        for vals in (
            {"min_invited": 2},
            {"question_days": 10},
            {"quorum": 4},
            {"expert_share_percent": 101},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                procedure.write(vals)

    def test_only_the_manager_configures(self):
        procedure = self.env.ref("outsourcing_mgmt.procedure_company_invited")
        procedure.with_user(self.manager_user).write({"quorum": 1})
        for user in (self.procurement_user, self.officer_user, self.auditor_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                procedure.with_user(user).write({"quorum": 0})
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.category.with_user(user).write({"name": "x"})

    def test_weight_of_a_default_criterion(self):
        Criterion = self.env["outsourcing.category.criterion"].with_user(
            self.manager_user
        )
        values = {"category_id": self.category.id, "name": "Concept", "weight": 4000}
        criterion = Criterion.create(values)
        self.assertEqual(self.category.criterion_ids, criterion)
        for weight in (-1, 10001):
            with (
                self.subTest(weight=weight),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
            ):
                criterion.write({"weight": weight})
                criterion.flush_recordset()
            criterion.invalidate_recordset()
        with self.assertRaises(AccessError):
            Criterion.with_user(self.officer_user).create(values)

    def test_category_tree_and_product(self):
        child = self.env["outsourcing.category"].create(
            {"name": "Windows", "parent_id": self.category.id}
        )
        self.assertEqual(child.complete_name, "Cleaning / Windows")
        with self.assertRaises(UserError):
            self.category.parent_id = child
        with self.assertRaises(ValidationError):
            self.category.product_id = self.env["product.product"].create(
                {"name": "Soap", "type": "consu"}
            )
