import importlib.util
from pathlib import Path

from psycopg2.errors import UniqueViolation

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

SCRIPT = "migrations/19.0.1.5.0/post-loser-points.py"


@tagged("post_install", "-at_install")
class TestLoserMigration(TransactionCase):
    """A notice of before tells losers their points, unless it was changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = Path(__file__).parents[1] / SCRIPT
        spec = importlib.util.spec_from_file_location("loser_migration", path)
        cls.script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.script)
        cls.template = cls.env.ref("outsourcing_mgmt.mail_template_award_loser")
        body = str(cls.template.body_html)
        start = body.index("<t t-if=\"ctx.get('points')\">")
        cls.before = body[:start] + body[body.index("<p>The reasons:</p>") :]
        cls.now = body

    def _migrate(self, body):
        self.template.body_html = body
        self.script.migrate(self.env.cr, "19.0.1.4.0")
        self.template.invalidate_recordset()
        return str(self.template.body_html)

    def test_old_text_is_updated_once(self):
        body = self._migrate(self.before)
        self.assertLess(body.index("Your points by"), body.index("The reasons:"))
        self.assertIn("t-foreach=\"ctx.get('points')\"", body)
        self.assertIn("t-att-href", body)
        self.assertEqual(self._migrate(body).count("Your points by"), 1)

    def test_text_of_the_customer_stays(self):
        own = self.before.replace("Thank you for your bid", "Thanks for the bid")
        self.assertNotIn("Your points by", self._migrate(own))

    def test_new_text_stays(self):
        words = self.script.read_words
        self.assertEqual(words(self._migrate(self.now)), words(self.now))


@tagged("post_install", "-at_install")
class TestSplitMigration(TransactionCase):
    """Texts of before name the services of an award by line, unless changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = Path(__file__).parents[1] / "migrations/19.0.1.7.0/post-split-mails.py"
        spec = importlib.util.spec_from_file_location("split_migration", path)
        cls.script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.script)

    def _migrate(self, name, body):
        template = self.env.ref(f"outsourcing_mgmt.{name}")
        template.body_html = body
        self.script.migrate(self.env.cr, "19.0.1.6.0")
        template.invalidate_recordset()
        return str(template.body_html)

    def test_old_texts_are_updated(self):
        for name, texts in self.script.BEFORE.items():
            for text in texts:
                body = self._migrate(name, f"<div><p>{text}</p></div>")
                self.assertIn("who gets them", body)
                self.assertIn("t-att-href", body)

    def test_text_of_the_customer_stays(self):
        for name, texts in self.script.BEFORE.items():
            body = self._migrate(name, f"<div><p>Dear all. {texts[0]}</p></div>")
            self.assertNotIn("who gets them", body)


@tagged("post_install", "-at_install")
class TestObjectionMigration(TransactionCase):
    """Two objections of before stay, and a third one is refused."""

    def test_old_objections_stay(self):
        path = Path(__file__).parents[1] / "migrations/19.0.1.8.0/pre-objection_once.py"
        spec = importlib.util.spec_from_file_location("objection_once", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        cr = self.env.cr
        index = self.env["outsourcing.objection"]._bid_uniq
        table = "outsourcing_objection"
        cr.execute("DROP INDEX outsourcing_objection_bid_uniq")
        cr.execute("ALTER TABLE outsourcing_objection DROP COLUMN is_repeated CASCADE")
        cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND conrelid = 'outsourcing_objection'::regclass"
        )
        for (name,) in cr.fetchall():
            cr.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        insert = (
            "INSERT INTO outsourcing_objection (award_id, bid_id, state, reason) "
            "VALUES (-1, %s, 'submitted', 'Too dear') RETURNING id"
        )
        ids = []
        for bid_id in (-2, -2, -3, -2):
            cr.execute(insert, (bid_id,))
            ids.append(cr.fetchone()[0])
        for _time in range(2):
            script.migrate(cr, "19.0.1.7.0")
        cr.execute(
            "SELECT id FROM outsourcing_objection WHERE is_repeated AND award_id = -1 "
            "ORDER BY id"
        )
        self.assertEqual([row[0] for row in cr.fetchall()], [ids[1], ids[3]])
        cr.execute(
            f"CREATE UNIQUE INDEX objection_try ON {table} {index._index_definition}"
        )
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            cr.execute(insert, (-2,))
