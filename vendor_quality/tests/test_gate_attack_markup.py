from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import FEBRUARY, GateCommon

LINK = '<a href="https://evil.test/">Approve here</a>'


@tagged("post_install", "-at_install")
class TestAttackMarkup(GateCommon):
    """What a vendor calls himself is text, and a wizard is whose opened it."""

    def test_name_of_the_vendor_is_no_link(self):
        self.vendor.name = f"Bright {LINK}"
        # What a reader is told is worded anew: any name in it is text, too.
        self._new_form(FEBRUARY, score=50, name=f"Form {LINK}")
        bill = self._new_posted_bill(amount=500, period=FEBRUARY)
        self._refresh_holds()
        hold = bill.vendor_quality_hold_ids
        self._set(hold, reason=f"{bill.partner_id.name} waits")
        hold.with_user(self.accountant).action_remind()
        hold.sudo()._schedule_activity()
        activities = hold.sudo().activity_ids
        self.assertEqual(len(activities), 2)
        for note in activities.mapped("note"):
            self.assertIn("Approve here", note)
            self.assertNotIn("<a ", note)

    def test_vendor_is_not_flooded(self):
        """Every accountant may remind; the vendor gets one message a day."""
        self.vendor.email = "office@clean.test"
        form = self._new_form(FEBRUARY, score=50, state="vendor_review")
        bill = self._new_bill(user=self.biller, period=FEBRUARY)
        self._refresh_holds()
        hold = bill.vendor_quality_hold_ids
        for user in (self.biller, self.accountant, self.biller):
            hold.with_user(user).action_remind()
        self.env.invalidate_all()
        sent = form.message_ids.filtered(lambda item: self.vendor in item.partner_ids)
        self.assertEqual(len(sent), 1)

    def test_wizards_of_others(self):
        for name, values in (
            ("vendor.quality.deduction.apply", {}),
            ("vendor.quality.hold.request", {"reason": "x"}),
        ):
            wizard = self.env[name].with_user(self.accountant).create(values)
            self.assertTrue(wizard.has_access("write"))
            with self.assertRaises(AccessError, msg=name):
                wizard.with_user(self.biller).read(["create_date"])

    def test_reasons_of_others(self):
        """Every employee may open the wizard; its text and its verb are his own."""
        wizard = (
            self.env["outsourcing.reason.wizard"]
            .with_user(self.accountant)
            .create(
                {
                    "res_model": "vendor.quality.exception",
                    "res_ids": [1],
                    "verb": "action_refuse",
                    "reason": "Not for everybody",
                }
            )
        )
        with self.assertRaises(AccessError):
            wizard.with_user(self.biller).read(["reason"])
        with self.assertRaises(AccessError):
            wizard.with_user(self.biller).write({"verb": "action_cancel"})

    def test_every_wizard_has_its_owner(self):
        """Odoo keeps nobody from the open dialogs of others unless a rule does."""
        names = {
            name
            for name, model in self.env.items()
            if model._transient
            and not model._abstract
            and name.startswith(("outsourcing.", "itsm.", "vendor.quality."))
        }
        owned = self.env["ir.rule"].search(
            [
                ("model_id.model", "in", list(names)),
                ("groups", "=", False),
                ("domain_force", "=like", "[('create_uid', '=', user.id)%"),
            ]
        )
        self.assertEqual(names - set(owned.model_id.mapped("model")), set())
