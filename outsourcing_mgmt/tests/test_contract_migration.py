import importlib.util
from pathlib import Path

from odoo.tests import tagged

from .common import SIGNED_COPY, ContractCommon
from .test_contract_people import PeopleCommon

SCRIPT = "migrations/19.0.1.5.0/post-contract-parts.py"


@tagged("post_install", "-at_install")
class TestContractPartsMigration(ContractCommon):
    """Rules and signed copies of before get what they have now."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = Path(__file__).parents[1] / SCRIPT
        spec = importlib.util.spec_from_file_location("parts_migration", path)
        cls.script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.script)

    def _migrate(self):
        self.env.flush_all()
        self.script.migrate(self.env.cr, "19.0.1.4.0")
        self.env.invalidate_all()

    def test_rules(self):
        Rule = self.env["outsourcing.compliance.rule"]
        rules = {
            code: Rule.search([("code", "=", code)])
            for code in ("filed_late", "direct_award", "found_elsewhere")
        }
        for rule in rules.values():
            rule.write({"responsible_role": "actor", "demerit_points": 0})
        rules["direct_award"].demerit_points = 3
        self._migrate()
        self.assertEqual(
            {
                code: (rule.responsible_role, rule.demerit_points)
                for code, rule in rules.items()
            },
            {
                "filed_late": ("procurement_head", 1),
                "direct_award": ("procurement_head", 3),
                "found_elsewhere": ("outsourcing_head", 0),
            },
        )

    def test_signed_copies_are_listed_once(self):
        contract = self._create_signed()
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM outsourcing_contract_document WHERE contract_id = %s",
            [contract.id],
        )
        self.env.invalidate_all()
        for _run in range(2):
            self._migrate()
            self.assertRecordValues(
                contract.sudo().document_ids,
                [
                    {
                        "document_type": "signed_copy",
                        "sha256": contract.signed_copy_hash,
                    }
                ],
            )


@tagged("post_install", "-at_install")
class TestArrivalsMigration(PeopleCommon):
    """Who came before arrivals were recorded, and what was promised to be kept."""

    def test_arrivals_retention_and_points(self):
        path = Path(__file__).parents[1] / "migrations/19.0.1.5.0/post-arrivals.py"
        spec = importlib.util.spec_from_file_location("arrivals_migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        contract = self._create_active()
        draft = self._create_contract()
        came = self._come(contract)
        gone = self._come(contract, 1, date_start=self._days(-9))
        gone.action_leave("Moved away")
        never = self._create_worker(contract, 2, date_start=self.today)
        never.action_leave("Never came")
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        leaving = contract.exit_ids
        self.env.flush_all()
        for table, value in (
            ("outsourcing_worker", "came_on = NULL"),
            ("outsourcing_contract", "retention_years = NULL"),
            ("outsourcing_contract_exit_line", "is_listed = NULL"),
        ):
            # pylint: disable=sql-injection
            self.env.cr.execute(f"UPDATE {table} SET {value}")
        script.migrate(self.env.cr, "19.0.1.4.0")
        self.env.invalidate_all()
        self.assertEqual(came.came_on, self.today)
        self.assertEqual(gone.came_on, self._days(-9))
        self.assertFalse(never.came_on)
        years = self.company.outsourcing_retention_years
        self.assertEqual(contract.retention_years, years)
        self.assertFalse(draft.retention_years)
        self.assertTrue(all(leaving.line_ids.mapped("is_listed")))


@tagged("post_install", "-at_install")
class TestGuaranteeAuthorsMigration(ContractCommon):
    """Who entered a part of a guarantee before that was noted."""

    def test_authors(self):
        path = Path(__file__).parents[1]
        path /= "migrations/19.0.1.10.0/post-guarantee-authors.py"
        spec = importlib.util.spec_from_file_location("authors_migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        contract = self._create_active()
        guarantee = (
            self.env["outsourcing.contract.guarantee"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "issuer": "First Bank",
                    "amount": 100,
                    "date_expiry": self._days(30),
                    "document": SIGNED_COPY,
                    "document_name": "guarantee.pdf",
                }
            )
        )
        guarantee.action_hold()
        self.env.flush_all()
        guarantee.with_user(self.other_procurement_user).write(
            {"date_expiry": self._days(60), "document": SIGNED_COPY}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM outsourcing_contract_guarantee_res_users_rel "
            "WHERE outsourcing_contract_guarantee_id = %s",
            [guarantee.id],
        )
        self.env.invalidate_all()
        script.migrate(self.env.cr, "19.0.1.9.0")
        self.env.invalidate_all()
        self.assertEqual(
            guarantee.sudo().content_author_ids,
            self.procurement_user | self.other_procurement_user,
        )
