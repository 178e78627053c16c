from importlib.util import module_from_spec, spec_from_file_location

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger, sql

from .common import IncentiveCommon

FOLDER = "outsourcing_mgmt/migrations/19.0.1.3.0"
LIMITS = ("numbers_capped", "finding_person_unique", "event_person_unique")
"""A constraint and two indexes."""


def run_script(name, cr):
    """Run a migration script of the version."""
    spec = spec_from_file_location("script", file_path(f"{FOLDER}/{name}.py"))
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    script.migrate(cr, "19.0.1.2.0")


@tagged("post_install", "-at_install")
class TestIncentiveMigration(IncentiveCommon):
    """Records that break the limits of a later version survive the update."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Incentive = cls.env["outsourcing.incentive"]
        objects = cls.Incentive._table_objects.values()
        cls.limits = [
            next(item for item in objects if item.name == name) for name in LIMITS
        ]

    def _forget_limits(self):
        """Bring the table to the form that it had before."""
        table = self.Incentive._table
        self.env.flush_all()
        capped, *indexes = [limit.full_name(self.Incentive) for limit in self.limits]
        sql.drop_constraint(self.cr, table, capped)
        for index in indexes:
            sql.drop_index(self.cr, index, table)
        self.cr.execute(
            f"ALTER TABLE {table} DROP COLUMN cap_leave_days, DROP COLUMN cap_points,"
            " DROP COLUMN is_grandfathered"
        )

    def _set_limits(self):
        """Do what the ORM does in an update; a limit that fails is only logged."""
        for limit in self.limits:
            limit.apply_to_database(self.Incentive)
        capped, *indexes = [limit.full_name(self.Incentive) for limit in self.limits]
        table = self.Incentive._table
        self.assertTrue(sql.constraint_definition(self.cr, table, capped))
        for index in indexes:
            self.assertTrue(sql.index_exists(self.cr, index), index)

    def test_records_from_before_the_limits(self):
        finding = self._create_verified(50000)
        applied = self._apply(self._create_reward(finding, amount=500))
        drafts = self.Incentive
        for user in (self.officer_user, self.finance_user):
            employee = self.env["hr.employee"].create(
                {"name": user.name, "company_id": applied.company_id.id}
            )
            drafts |= self._create_reward(finding, employee_id=employee.id, amount=100)
        leave = self._create_reward(
            self._create_verified(50000), kind="leave", amount=0, leave_days=5
        )
        person = applied.employee_id
        self._forget_limits()
        self.cr.execute(
            "UPDATE outsourcing_incentive SET employee_id = %s WHERE id = ANY(%s)",
            [person.id, drafts.ids],
        )
        self.cr.execute(
            "UPDATE outsourcing_incentive SET leave_days = 400 WHERE id = %s",
            [leave.id],
        )
        run_script("pre-incentive_limits", self.cr)
        self.env.invalidate_all()
        self._set_limits()
        run_script("post-incentive_limits", self.cr)
        # Nothing is lost, the decided record counts, the others are named.
        self.assertFalse(applied.is_grandfathered)
        marked = drafts | leave
        self.assertEqual(marked.mapped("is_grandfathered"), [True] * 3)
        self.assertEqual(leave.leave_days, 400)
        for record in marked:
            self.assertIn("did not exist", record.message_ids[0].body)
        # They are not decided any more, and the limits hold for all others.
        for record in marked.with_user(self.hr_user):
            with self.assertRaisesRegex(UserError, "proposes it again"):
                record.action_submit()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_reward(finding, amount=100)
            self.env.flush_all()
