from psycopg2.errors import LockNotAvailable

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestIncentiveConcurrency(ContractCommon):
    """Two real connections: the share of a saving is given away once.

    The world of this test is committed and removed again by SQL, because
    connections do not see each other's open transactions.
    """

    def _open(self):
        return db_connect(self.env.cr.dbname).cursor()

    def setUp(self):
        super().setUp()
        with self._open() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            company = env["res.company"].search([], limit=1)
            employees = env["hr.employee"].create(
                [
                    {"name": f"Concurrent {name}", "company_id": company.id}
                    for name in ("Person", "Colleague")
                ]
            )
            cr.execute(
                "INSERT INTO outsourcing_finding"
                " (name, subject, state, company_id, date, finding_type, reporter_id,"
                "  saving_amount, reward_share, reward_total)"
                " VALUES ('OF/CONCURRENT', 'Concurrent', 'verified', %s, now(),"
                "  'saving', %s, 5000, 10, 0) RETURNING id",
                (company.id, employees[0].id),
            )
            self.finding_id = cr.fetchone()[0]
            self.employee_ids, self.company_id = employees.ids, company.id
        self.addCleanup(self._remove_world)

    def _remove_world(self):
        with self._open() as cr:
            cr.execute(
                "DELETE FROM outsourcing_incentive WHERE finding_id = %s",
                (self.finding_id,),
            )
            cr.execute(
                "DELETE FROM outsourcing_finding WHERE id = %s", (self.finding_id,)
            )
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["hr.employee"].browse(self.employee_ids).unlink()

    def _propose(self, cr, amount, person=0):
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        return env["outsourcing.incentive"].create(
            {
                "amount": amount,
                "employee_id": self.employee_ids[person],
                "finding_id": self.finding_id,
                "company_id": self.company_id,
            }
        )

    def _total(self):
        with self._open() as cr:
            cr.execute(
                "SELECT COALESCE(SUM(amount), 0) FROM outsourcing_incentive"
                " WHERE finding_id = %s",
                (self.finding_id,),
            )
            return cr.fetchone()[0]

    def _retry(self, cr, amount, person=1):
        """Propose as a request does: tried again when it cannot serialise."""
        env = api.Environment(cr, SUPERUSER_ID, {})
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            retrying(lambda: self._propose(cr, amount, person), env)

    def test_second_waits(self):
        """While one transaction gives a reward, no other one counts."""
        with self._open() as first, self._open() as second:
            self._propose(first, 500)
            second.execute("SET LOCAL lock_timeout = '200ms'")
            with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
                self._propose(second, 500)
            second.rollback()
            first.rollback()
        self.assertEqual(self._total(), 0)

    def test_second_is_refused(self):
        """Both saw an empty finding; only one may give its whole share."""
        with self._open() as first, self._open() as second:
            second.execute("SELECT 1")  # its snapshot is older than the first reward
            self._propose(first, 500)
            first.commit()
            with self.assertRaisesRegex(UserError, "all rewards together"):
                self._retry(second, 500)
            second.rollback()
        self.assertEqual(self._total(), 500)

    def test_same_person_twice(self):
        """Both saw no reward of the person; one of them is given."""
        with self._open() as first, self._open() as second:
            second.execute("SELECT 1")
            self._propose(first, 100)
            first.commit()
            with self.assertRaisesRegex(UserError, "per person"):
                self._retry(second, 100, person=0)
            second.rollback()
        self.assertEqual(self._total(), 100)

    def test_second_fits(self):
        """A reward that still fits is given after the other one."""
        with self._open() as first, self._open() as second:
            second.execute("SELECT 1")
            self._propose(first, 300)
            first.commit()
            self._retry(second, 200)
        self.assertEqual(self._total(), 500)
