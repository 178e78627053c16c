import importlib.util
from pathlib import Path

from odoo.tests import TransactionCase, tagged

SCRIPT = "migrations/19.0.1.4.0/post-invitation-mail.py"


@tagged("post_install", "-at_install")
class TestInvitationMigration(TransactionCase):
    """An invitation of before says who opens an account, unless it was changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = Path(__file__).parents[1] / SCRIPT
        spec = importlib.util.spec_from_file_location("invitation_migration", path)
        cls.script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.script)
        cls.template = cls.env.ref("outsourcing_mgmt.mail_template_invitation")
        body = str(cls.template.body_html)
        start = body.index("<p>Nobody at your company")
        end = body.index("</p>", start) + len("</p>")
        cls.before, cls.now = body[:start] + body[end:], body

    def _migrate(self, body):
        self.template.body_html = body
        self.script.migrate(self.env.cr, "19.0.1.3.0")
        self.template.invalidate_recordset()
        return self.script.read_words(self.template.body_html)

    def test_old_text_is_updated(self):
        self.assertEqual(self._migrate(self.before), self.script.read_words(self.now))
        self.assertIn("t-att-href", str(self.template.body_html))
        self.assertIn("format_datetime(", str(self.template.body_html))

    def test_text_of_the_customer_stays(self):
        own = self.before.replace("from a phone", "from anywhere")
        self.assertEqual(self._migrate(own), self.script.read_words(own))

    def test_new_text_stays(self):
        self.assertEqual(self._migrate(self.now), self.script.read_words(self.now))
