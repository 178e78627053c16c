import importlib.util
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

SCRIPTS = Path(__file__).parents[1] / "migrations/19.0.1.8.0"


def load_script(name):
    """Return the module of a migration of 1.8.0."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"post-{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@tagged("post_install", "-at_install")
class TestPresenceMigration(TransactionCase):
    """Shipped procedures of before ask for the presence of the committee."""

    def test_shipped_with_a_quorum(self):
        invited = self.env.ref("outsourcing_mgmt.procedure_company_invited")
        public = self.env.ref("outsourcing_mgmt.procedure_company_public")
        direct = self.env.ref("outsourcing_mgmt.procedure_direct")
        own = invited.copy({"presence_required": False})
        (invited | public).presence_required = False
        public.quorum = 0
        load_script("presence").migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertTrue(invited.presence_required)
        self.assertFalse((public | direct | own).filtered("presence_required"))


@tagged("post_install", "-at_install")
class TestRangeMigration(TransactionCase):
    """Ranges of shared procedures mean what they meant."""

    def _migrate(self, procedure):
        procedure.range_currency_id = False
        load_script("procedure-range").migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        return procedure.range_currency_id

    def test_one_currency_stays_and_several_are_named(self):
        public = self.env.ref("outsourcing_mgmt.procedure_company_public")
        company = self.env.company
        others = self.env["res.company"].search([("id", "!=", company.id)])
        others.active = False
        self.assertEqual(self._migrate(public), company.currency_id)
        own = public.copy({"company_id": company.id})
        self.assertFalse(self._migrate(own))
        other = self.env["res.currency"].create({"name": "XRB", "symbol": "r"})
        self.env["res.company"].create({"name": "Branch", "currency_id": other.id})
        script = load_script("procedure-range")
        public.range_currency_id = False
        with patch.object(script, "_logger") as log:
            script.migrate(self.env.cr, "19.0.1.7.0")
        self.assertFalse(public.range_currency_id)
        self.assertIn(public.name, str(log.info.call_args))
