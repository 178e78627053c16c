from email.message import EmailMessage

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .attack_calls import ForeignVerbs
from .common import BidCommon, IncentiveCommon, OutsourcingCommon


@tagged("post_install", "-at_install")
class TestCaller(OutsourcingCommon):
    """What a caller sends along: stored defaults, mails handed in by a call."""

    def test_stored_defaults_skip_no_step(self):
        user = self.applicant.user_id
        Default = self.env["ir.default"].with_user(user)
        model = "outsourcing.request"
        for name, value in {
            "state": "approved",
            "content_editor_id": self.hr_user.id,
            "name": "Forged",
        }.items():
            Default.set(model, name, value, user_id=True)
        request = self._create_request(user)
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.content_editor_id, user)
        self.assertNotEqual(request.name, "Forged")

    def test_every_guarded_field_has_no_stored_default(self):
        """Of every model with a flow, in the language of ``default_get``."""
        Default = self.env["ir.default"]
        mixin = self.registry["outsourcing.flow.mixin"]
        for name, cls in self.registry.items():
            if not issubclass(cls, mixin) or cls._abstract or cls._transient:
                continue
            Model = self.env[name]
            if "fake" in name:
                continue
            second = [
                state
                for state in Model._flow_transitions
                if state != Model._flow_first_state()
            ]
            if not second:
                continue
            Default.set(name, "state", second[-1], user_id=True)
            with self.subTest(model=name):
                self.assertEqual(
                    Model.default_get(["state"]), {"state": Model._flow_first_state()}
                )

    def test_mails_come_from_the_gateway(self):
        request = self._create_request()
        mail = EmailMessage()
        mail["From"] = self.hr_user.email_formatted
        mail["To"] = "anything@example.com"
        mail["Subject"] = "Re"
        mail["Message-Id"] = "<forged@example.com>"
        mail.set_content("Approved, go on.")
        followers = request.message_partner_ids
        messages = request.message_ids
        for model in ("mail.thread", "outsourcing.request"):
            with (
                self.subTest(model=model),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.mail.models.mail_thread"),
            ):
                self.env[model].with_user(self.procurement_user).message_process(
                    "outsourcing.request", mail.as_string(), thread_id=request.id
                )
        request.invalidate_recordset()
        self.assertEqual(request.message_partner_ids, followers)
        self.assertEqual(request.message_ids, messages)


@tagged("post_install", "-at_install")
class TestTenderVerbs(ForeignVerbs, BidCommon):
    """Verbs of a tender and what belongs to it, called by an uninvited vendor."""

    def test_verbs_answer_nobody_about_foreign_records(self):
        called = self._call_foreign_verbs(self.outsider_user, "outsourcing_mgmt")
        self.assertIn("outsourcing.tender.action_view_award", called)
        self.assertIn("outsourcing.request.action_view_tenders", called)


@tagged("post_install", "-at_install")
class TestContractVerbs(ForeignVerbs, IncentiveCommon):
    """Verbs of a contract and what belongs to it, called by another vendor."""

    def test_verbs_answer_nobody_about_foreign_records(self):
        self._create_active()
        stranger = new_test_user(self.env, "other_vendor", "base.group_portal")
        called = self._call_foreign_verbs(stranger, "outsourcing_mgmt")
        self.assertIn("outsourcing.contract.action_view_awards", called)
