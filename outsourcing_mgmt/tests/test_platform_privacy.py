from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.bid import vendor as portal
from .common import BidCommon


@tagged("post_install", "-at_install")
class TestPrivacyLookup(BidCommon):
    """Odoo's search for a person, by administrators with and without a role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha.email = "alpha@vendors.example"
        cls.question = portal.ask_question(
            cls.tender.with_user(cls.alpha_user).sudo(), "How many floors?"
        )
        cls.bid = cls._start_bid(cls.alpha_user)
        cls.admin = new_test_user(cls.env, "lookup_admin", "base.group_system")
        cls.both = new_test_user(
            cls.env,
            "lookup_officer",
            "base.group_system,outsourcing_mgmt.group_outsourcing_officer",
        )

    def _look(self, user):
        """Return what a user finds about the vendor, by the name of its model."""
        wizard = self.env["privacy.lookup.wizard"].with_user(user)
        wizard = wizard.create({"name": self.alpha.name, "email": self.alpha.email})
        wizard.action_lookup()
        return wizard.line_ids.grouped("res_model")

    def _point(self, user, record, **values):
        """Return a line of a search that somebody makes by hand."""
        return (
            self.env["privacy.lookup.wizard.line"]
            .with_user(user)
            .create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(record._name),
                    "res_id": record.id,
                    **values,
                }
            )
        )

    def _get_own(self, found):
        return {name for name in found if name.startswith("outsourcing.")}

    def test_administrator_finds_what_is_no_document(self):
        found = self._look(self.admin)
        self.assertIn(self.alpha.id, found["res.partner"].mapped("res_id"))
        self.assertFalse(self._get_own(found))

    def test_reader_finds_documents(self):
        found = self._look(self.both)
        questions = found["outsourcing.tender.question"]
        self.assertEqual(questions.mapped("res_id"), self.question.ids)
        self.assertIn(self.alpha.id, found["res.partner"].mapped("res_id"))

    def test_field_of_some_groups_finds_nothing_for_others(self):
        """Whoever reads a question, and not who asked, does not find it by that."""
        self.both.sudo().group_ids = self.env.ref("base.group_system") | self.env.ref(
            "outsourcing_mgmt.group_outsourcing_auditor"
        )
        self.question.with_user(self.both).check_access("read")
        self.assertNotIn("outsourcing.tender.question", self._look(self.both))

    def test_lines_point_at_no_hidden_document(self):
        other = self._point(self.admin, self.alpha)
        model = self.env["ir.model"]._get_id(self.bid._name)
        attacks = {
            "create": lambda: self._point(self.admin, self.bid),
            "write": lambda: other.write(
                {"res_model_id": model, "res_id": self.bid.id}
            ),
            "write, name of the model": lambda: other.write(
                {"res_model": self.bid._name, "res_id": self.bid.id}
            ),
            "onchange": lambda: other.browse().onchange(
                {"res_model_id": model, "res_id": self.bid.id, "is_active": False},
                ["is_active"],
                {"res_name": {}, "execution_details": {}},
            ),
        }
        for name, attack in attacks.items():
            with self.subTest(attack=name), self.assertRaises(AccessError):
                attack()
                self.env.flush_all()
            self.env.invalidate_all()

    @mute_logger("odoo.models.unlink")
    def test_nothing_is_deleted_or_archived_without_the_right(self):
        """Core deletes and archives in the rights of the server."""
        category = self.env["outsourcing.category"].search([], limit=1)
        self.both.sudo().group_ids = self.env.ref("base.group_system") | self.env.ref(
            "outsourcing_mgmt.group_outsourcing_auditor"
        )
        line = self._point(self.both, category, is_active=True)
        for attack in (line.action_unlink, line.action_archive_all):
            with self.assertRaises(UserError):
                attack()
                self.env.flush_all()
            self.env.invalidate_all()
        self.assertTrue(category.exists().active)
