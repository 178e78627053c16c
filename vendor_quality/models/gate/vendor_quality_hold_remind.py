from markupsafe import escape

from odoo import models
from odoo.exceptions import UserError

PENDING = ("waiting", "pending")


class VendorQualityHold(models.Model):
    """Asks whoever must act on held bills to do so, once for each fact."""

    _inherit = "vendor.quality.hold"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_remind(self):
        """Remind the people the holds name; the vendor gets a message on the form."""
        self._check_handler()
        holds = self.sudo().filtered(  # whoever reminds need not read forms
            lambda hold: hold.state == "active"
        )
        if not holds:
            raise UserError(self.env._("Nothing is held any more: nobody to remind."))
        by_form = holds.filtered(lambda hold: hold.actor == "vendor")
        count = 0
        for form in by_form.form_id:
            count += form._vendor_quality_remind_vendor()
        for hold in holds - by_form:
            count += hold._remind(hold._get_actors())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "info",
                "message": self.env._("%s reminders sent.", count)
                if count
                else self.env._("Everybody was reminded already."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_actors(self):
        """Return the users who can act on the hold, the nearest first."""
        self.ensure_one()
        found = self.env["res.users"]
        if self.actor == "accounting":
            found = self.move_id.invoice_user_id or self.move_id.create_uid
        elif self.actor == "officer":
            found = self.form_id.collected_by_id or self.contract_id.owner_id
        elif self.actor == "approver":
            found = self.form_id.review_ids.filtered(
                lambda review: review.status in PENDING
            ).reviewer_ids
        return (found or self._get_group_users()).filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )

    def _get_group_users(self):
        group = {
            "accounting": "account.group_account_manager",
            "officer": "vendor_quality.group_quality_officer",
            "approver": "vendor_quality.group_quality_manager",
        }.get(self.actor, "vendor_quality.group_quality_finance")
        return self.env.ref(group).all_user_ids

    def _remind(self, users):
        """Give one of ``users`` an activity unless one of them has it; count it."""
        self.ensure_one()
        summary = self.env._("A held bill waits for you")
        if not users or any(
            activity.summary == summary and activity.user_id in users
            for activity in self.activity_ids
        ):
            return 0
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=escape(f"{self.reason_text or ''} {self.unblock_text or ''}".strip()),
            user_id=users[0].id,
        )
        return 1
