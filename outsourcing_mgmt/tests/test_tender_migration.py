import importlib.util
from pathlib import Path

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
