from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderWizards(TenderCommon):
    """Members and vendors of a tender are chosen together."""

    def _wizard(self, model, tender, user):
        Model = self.env[model].with_user(user)
        return Form(Model.with_context(default_tender_id=tender.id))

    def test_approval_is_asked_for_once_nothing_else_is_missing(self):
        """It was the main button of a file without vendors."""
        tender = self._create_tender()
        self.assertFalse(tender.tier_lacks_parts)
        tender.invitation_ids.unlink()
        self.assertTrue(tender.tier_lacks_parts)

    def test_the_last_committee_is_proposed(self):
        self._create_published()
        file = self._create_tender()
        tender = file.copy(
            {"request_ids": file.request_ids.ids, "reference_price_id": False}
        )
        with self._wizard(
            "outsourcing.tender.committee", tender, self.procurement_user
        ) as form:
            self.assertEqual(
                set(form.employee_ids.ids), {member.id for member in self.members}
            )
        wizard = form.save()
        wizard.action_appoint()
        self.assertEqual(
            tender.committee_ids.mapped("state"), ["appointed"] * len(self.members)
        )
        with self.assertRaisesRegex(UserError, "no member yet"):
            wizard.action_appoint()

    def test_an_officer_proposes(self):
        tender = self._create_tender()
        with self._wizard(
            "outsourcing.tender.committee", tender, self.officer_user
        ) as form:
            form.expert_ids.add(self.vendor_users[0].partner_id.copy({"parent_id": 0}))
        told = form.save().action_appoint()
        expert = tender.committee_ids.filtered(lambda item: item.role == "expert")
        self.assertEqual(expert.state, "proposed")
        self.assertIn(expert.display_name, told["params"]["message"])
        self.assertIn("Procurement", told["params"]["message"])

    def test_whoever_cannot_be_appointed_is_named(self):
        """Procurement is told who is only proposed, why, and the rest is appointed."""
        tender = self._create_tender()
        able = self._new_employee(self._new_user("able", "base.group_user"))
        unable = self.env["hr.employee"].create({"name": "Without Account"})
        with self._wizard(
            "outsourcing.tender.committee", tender, self.procurement_user
        ) as form:
            form.employee_ids.clear()
            for person in (able, unable):
                form.employee_ids.add(self.env["hr.employee.public"].browse(person.id))
        told = form.save().action_appoint()["params"]
        states = {row.employee_id.id: row.state for row in tender.sudo().committee_ids}
        self.assertEqual(states[able.id], "appointed")
        self.assertEqual(states[unable.id], "proposed")
        self.assertRegex(told["message"], "Without Account.*has no account")
        self.assertNotIn(able.name, told["message"])
        self.assertEqual(told["next"]["type"], "ir.actions.act_window_close")

    def test_earlier_bidders_are_proposed(self):
        self._create_opened()
        tender = self._create_tender(invitation_ids=[])
        with self._wizard(
            "outsourcing.tender.invite", tender, self.procurement_user
        ) as form:
            self.assertEqual(set(form.partner_ids.ids), set(self.vendors.ids))
        form.save().action_invite()
        self.assertEqual(tender.invitation_ids.partner_id, self.vendors)
