from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..models.form.vendor_quality_form_flow import supersede
from .race_cases import QualityRaceCase


@tagged("post_install", "-at_install")
class TestFormDeductionRace(QualityRaceCase):
    """Two clerks at the same moment, each with a database connection."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            form = self._make_approved_form(env, self._make_contract(env))
            self.assertEqual(form.deduction_amount, 1000)
            self.form_id = form.id

    def _open(self):
        """Return the form in a connection of its own."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        env = api.Environment(cr, SUPERUSER_ID, {})
        form = env["vendor.quality.form"].browse(self.form_id)
        self.assertEqual(form.state, "approved")
        return form

    def test_one_applies_at_a_time(self):
        first, second = self._open(), self._open()
        first._create_credit_notes()
        with self.assertRaisesRegex(UserError, "at this moment"):
            second._create_credit_notes()
        first.env.cr.rollback()
        second.env.cr.rollback()
        self.assertFalse(second._create_credit_notes())

    @mute_logger("odoo.sql_db")
    def test_two_postings_do_not_pass_each_other(self):
        """Each posting writes what is taken off on the form: one is tried again."""
        first, second = self._open(), self._open()
        server_write(first, {"credited_amount": 1000})
        first.env.cr.commit()
        server_write(second, {"credited_amount": 1000})
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            second.flush_recordset()
        second.env.cr.rollback()
        second.env.transaction.clear()
        self.assertEqual(second.credited_amount, 1000)

    @mute_logger("odoo.sql_db")
    def test_a_form_takes_one_step_at_a_time(self):
        """The state of the form is one row: the second of two waits for the first."""
        first, second = self._open(), self._open()
        supersede(first, "Late data")
        first.env.flush_all()
        second.env.cr.execute("SET LOCAL lock_timeout = '200ms'")
        with self.assertRaises(psycopg2.errors.LockNotAvailable):
            supersede(second, "Late data, too")
            second.env.flush_all()
        first.env.cr.rollback()
        second.env.cr.rollback()

    @mute_logger("odoo.sql_db")
    def test_a_waiver_lets_one_document_pass(self):
        """Two documents take one waiver: the second is tried again and finds none."""
        first, second = self._open(), self._open()
        self._make_waiver()
        one, other = (
            self._take(first, "base.main_partner"),
            self._take(second, "base.partner_root"),
        )
        self.assertTrue(one())
        first.env.cr.commit()
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            other()
        second.env.cr.rollback()
        second.env.transaction.clear()
        self.assertFalse(other())

    def _make_waiver(self):
        """Commit an approved waiver, before either document looks for one."""
        with self._env() as env:
            waiver = (
                env["vendor.quality.waiver"]
                .with_user(self.users["manager"])
                .create(
                    {
                        "partner_id": self.vendor_id,
                        "kind": "order",
                        "reason": "Nobody else has the parts.",
                    }
                )
            )
            waiver.action_submit()
            mine = waiver.with_user(self.users["finance"])
            mine.validate_tier()
            mine.action_approve()

    def _take(self, form, xmlid):
        """Return what asks for a waiver for a document, in the form's connection."""
        env = form.env
        env.cr.rollback()  # a transaction that sees the waiver
        vendor = env["res.partner"].browse(self.vendor_id)
        vendor.fetch(["name"])  # its snapshot is of now

        def take():
            Waiver = env["vendor.quality.waiver"]
            # Any record stands for a document, and has no amount.
            with patch.object(type(Waiver), "_get_content", return_value=""):
                taken = Waiver._use_for(
                    "order", env.ref(xmlid), vendor, env["vendor.quality.standing"]
                )
                env.flush_all()
            return taken

        return take
