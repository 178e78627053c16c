from contextlib import contextmanager

from psycopg2.errors import ReadOnlySqlTransaction

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestReadonly(TenderCommon):
    """What is declared readonly is answered by a replica: it writes nothing."""

    @contextmanager
    def _replica(self):
        """Let the transaction read only, as one on a replica."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint(flush=False) as point:
            self.env.cr.execute("SET TRANSACTION READ ONLY")
            yield
            point.rollback()

    def test_replica_refuses_writes(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ReadOnlySqlTransaction),
            self._replica(),
        ):
            self.env.cr.execute("UPDATE res_partner SET name = name")

    def test_declared_methods_write_nothing(self):
        tender = self._create_proposed()
        log = self.env["outsourcing.audit.log"].with_user(self.auditor_user)
        mine = tender.with_user(self.auditor_user)
        for records, name, args in (
            (log, "verify", (tender._name, tender.id)),
            (mine, "get_evaluation_bundle", ()),
        ):
            method = getattr(records, name)
            with self.subTest(name), self._replica():
                self.assertTrue(getattr(method, "_readonly", False))
                self.assertTrue(method(*args))
