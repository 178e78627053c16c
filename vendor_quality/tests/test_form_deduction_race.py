from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestFormDeductionRace(BaseCase):
    """Two clerks at the same moment, each with a database connection."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._remove)
        with self.registry.cursor() as cr:
            self._make_world(api.Environment(cr, SUPERUSER_ID, {}))

    def _make_world(self, env):
        partner = env["res.partner"].create({"name": "Race", "is_company": True})
        template = env["vendor.quality.template"].create(
            {"name": "Race", "code": "MONEY-RACE", "retention_rate": 5}
        )
        contract = env["outsourcing.contract"].create(
            {
                "subject": "Race",
                "partner_id": partner.id,
                "date_start": "2026-01-01",
                "date_end": "2026-12-31",
                "amount_total": 120000,
                "vendor_quality_template_id": template.id,
            }
        )
        self.ids = {
            "res_partner": partner.id,
            "vendor_quality_template": template.id,
            "outsourcing_contract": contract.id,
        }
        env.cr.flush()
        self._put(env, "outsourcing_contract", state="active")
        self._put(env, "vendor_quality_template", state="active")
        env.invalidate_all()
        form = env["vendor.quality.form"].create(
            {
                "contract_id": contract.id,
                "date_start": "2026-02-01",
                "date_end": "2026-02-28",
            }
        )
        self.ids["vendor_quality_form"] = form.id
        env.cr.flush()
        self._put(
            env,
            "vendor_quality_form",
            state="approved",
            fee_amount=10000,
            deduction_amount=1000,
            payable_amount=9000,
            disputed_amount=0,
        )

    def _put(self, env, table, **values):
        env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = %s",
                SQL.identifier(table),
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), value)
                    for name, value in values.items()
                ),
                self.ids[table],
            )
        )

    def _remove(self):
        with self.registry.cursor() as cr:
            for table in (
                "vendor_quality_form",
                "vendor_quality_standing",
                "outsourcing_contract",
                "vendor_quality_template",
                "res_partner",
            ):
                column = "contract_id" if table.endswith("standing") else "id"
                owner = "outsourcing_contract" if column == "contract_id" else table
                if record_id := self.ids.get(owner):
                    cr.execute(
                        SQL(
                            "DELETE FROM %s WHERE %s = %s",
                            SQL.identifier(table),
                            SQL.identifier(column),
                            record_id,
                        )
                    )
            cr.execute(
                "DELETE FROM mail_message WHERE (model, res_id) IN %s",
                [
                    tuple(
                        (model, self.ids[model.replace(".", "_")])
                        for model in (
                            "vendor.quality.form",
                            "vendor.quality.template",
                            "outsourcing.contract",
                            "res.partner",
                        )
                    )
                ],
            )

    def _open(self):
        """Return the form in a connection of its own."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        env = api.Environment(cr, SUPERUSER_ID, {})
        form = env["vendor.quality.form"].browse(self.ids["vendor_quality_form"])
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
        first._flow_write({"credited_amount": 1000})
        first.env.cr.commit()
        second._flow_write({"credited_amount": 1000})
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            second.flush_recordset()
        second.env.cr.rollback()
        second.env.transaction.clear()
        self.assertEqual(second.credited_amount, 1000)

    @mute_logger("odoo.sql_db")
    def test_a_form_takes_one_step_at_a_time(self):
        """The state of the form is one row: the second of two waits for the first."""
        first, second = self._open(), self._open()
        first._supersede("Late data")
        first.env.flush_all()
        second.env.cr.execute("SET LOCAL lock_timeout = '200ms'")
        with self.assertRaises(psycopg2.errors.LockNotAvailable):
            second._supersede("Late data, too")
            second.env.flush_all()
        first.env.cr.rollback()
        second.env.cr.rollback()

    @mute_logger("odoo.sql_db")
    def test_a_waiver_lets_one_document_pass(self):
        """Two documents take one waiver: the second is tried again and finds none."""
        first, second = self._open(), self._open()
        self._make_waiver(first.env)
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

    def _make_waiver(self, env):
        """Commit an approved waiver, before either document looks for one."""
        with self.registry.cursor() as cr:
            waiver = env(cr=cr)["vendor.quality.waiver"].create(
                {"partner_id": self.ids["res_partner"], "kind": "order"}
            )
            cr.flush()
            self.ids["vendor_quality_waiver"] = waiver.id
            self._put(env(cr=cr), "vendor_quality_waiver", state="approved")
            self.addCleanup(self._remove_waiver)

    def _remove_waiver(self):
        with self.registry.cursor() as cr:
            waiver_id = self.ids["vendor_quality_waiver"]
            cr.execute("DELETE FROM vendor_quality_waiver WHERE id = %s", [waiver_id])
            cr.execute(
                "DELETE FROM mail_message WHERE model = 'vendor.quality.waiver' "
                "AND res_id = %s",
                [waiver_id],
            )

    def _take(self, form, xmlid):
        """Return what asks for a waiver for a document, in the form's connection."""
        env = form.env
        env.cr.rollback()  # a transaction that sees the waiver
        vendor = env["res.partner"].browse(self.ids["res_partner"])
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
