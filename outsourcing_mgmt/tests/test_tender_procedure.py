from datetime import timedelta

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

    def test_range_has_a_currency_and_other_companies_are_converted(self):
        """A shared range means the same for companies of several currencies."""
        Procedure = self.env["outsourcing.procedure"]
        invited = self.env.ref("outsourcing_mgmt.procedure_company_invited")
        public = self.env.ref("outsourcing_mgmt.procedure_company_public")
        other = self.env["res.currency"].create(
            {"name": "OTC", "symbol": "o", "rounding": 0.01}
        )
        branch = self.env["res.company"].create(
            {"name": "Works abroad", "currency_id": other.id}
        )
        own = self.company.currency_id
        (invited | public).range_currency_id = own
        today = branch._outsourcing_today()
        # One of the company is ten of the branch today, and was five before.
        rates = self.env["res.currency.rate"].with_company(branch)
        for days, rate in ((30, 5.0), (0, 10.0)):
            rates.create(
                {
                    "currency_id": own.id,
                    "company_id": branch.id,
                    "name": today - timedelta(days=days),
                    "rate": 1 / rate,
                }
            )
        for amount, company, expected in (
            (499999, self.company, invited),
            (500001, self.company, public),
            (4999990, branch, invited),
            (5000010, branch, public),
            (2600000, branch, invited),
        ):
            with self.subTest(amount=amount, company=company.name):
                self.assertEqual(Procedure._propose(amount, company), expected)
                needed, is_below = invited._get_needed(amount, company)
                self.assertEqual(is_below, expected == public)
                self.assertEqual(needed, public if is_below else Procedure)
        # In a company of its own the range is in that company's currency.
        mine = invited.copy({"company_id": branch.id, "range_currency_id": False})
        self.assertEqual(mine.currency_id, other)
        self.assertTrue(mine._is_exceeded(500001, branch))
        # And of a shared one without a word, in that of the first company.
        public.range_currency_id = False
        first = self.env["res.company"].search([], order="id", limit=1)
        for company in self.company | branch:
            shared = public.with_company(company)
            self.assertEqual(shared.currency_id, first.currency_id)

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
