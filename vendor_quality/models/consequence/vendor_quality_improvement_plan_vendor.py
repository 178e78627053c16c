from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

ANSWER_STATES = ("open", "in_progress")
MAX_TEXT = 5000
REMIND_EVERY = 7


class VendorQualityImprovementPlan(models.Model):
    """What the vendor sees and answers of a plan, and who is reminded when."""

    _inherit = "vendor.quality.improvement.plan"

    # ------------------------------------------------------------
    # VENDOR
    # ------------------------------------------------------------

    @api.model
    def _vendor_find(self, user):
        """Return the plans of the vendor ``user`` belongs to, with sudo."""
        vendor = user.partner_id.commercial_partner_id
        # The domain is the right: the vendor's own plans and no other.
        return self.sudo().search(
            [
                ("commercial_partner_id", "=", vendor.id),
                ("state", "!=", "cancelled"),
            ]
        )

    def _get_cannot_answer_reason(self):
        """Say why the vendor may no longer answer, or return an empty string."""
        self.ensure_one()
        if self.state in ANSWER_STATES:
            return ""
        return self.env._("The plan is no longer open for an answer.")

    def _vendor_respond(self, user, text):
        """Record what the vendor says about cause and measures."""
        self.ensure_one()
        vendor = user.partner_id.commercial_partner_id
        plan = self.sudo()
        if plan.commercial_partner_id != vendor or plan.state == "cancelled":
            raise UserError(self.env._("This plan is not yours."))
        if reason := plan._get_cannot_answer_reason():
            raise UserError(reason)
        text = (text or "").strip()[:MAX_TEXT]
        if not text:
            raise UserError(self.env._("Say what you found and what you will do."))
        before = plan.vendor_response
        server_write(
            plan,
            {
                "vendor_response": text,
                "vendor_answered_at": fields.Datetime.now(),
                "vendor_answered_by_id": user.id,
            },
        )
        if before:
            plan.message_post(body=self.env._("The vendor's answer before: %s", before))
        plan._schedule(
            plan.owner_id, self.env._("The vendor answered the improvement plan")
        )

    def _tell_vendor(self):
        """Mail the plan to the vendor, in his language."""
        template = self.env.ref("vendor_quality.mail_template_improvement_plan_vendor")
        # The responsible need not be allowed to read mail templates.
        for plan in self.sudo().filtered("partner_id.email"):
            plan.message_post_with_source(
                template,
                partner_ids=plan.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )

    # ------------------------------------------------------------
    # PEOPLE
    # ------------------------------------------------------------

    def _schedule(self, users, summary, deadline=None):
        """Ask the first of ``users`` to act, once for the same thing."""
        self.ensure_one()
        for user in users[:1]:
            known = self.activity_ids.filtered(
                lambda item, user=user: item.user_id == user and item.summary == summary
            )
            if not known:
                self.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=summary,
                    user_id=user.id,
                    date_deadline=deadline,
                )

    def _schedule_owner(self):
        for plan in self.sudo().filtered(lambda item: item.state in ANSWER_STATES):
            plan._schedule(
                plan.owner_id,
                self.env._("Find the cause and carry out the improvement plan"),
                plan.date_due,
            )

    def _schedule_checker(self):
        """Ask a manager who did not carry the plan out to judge it."""
        for plan in self.sudo():
            plan._schedule(
                plan._get_managers() - plan._get_doers(),
                self.env._("Judge the effect of the improvement plan"),
            )

    def _get_managers(self):
        """Return the quality managers of the plan's company."""
        self.ensure_one()
        group = self.env.ref("vendor_quality.group_quality_manager").sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Remind of plans that are overdue, and measure those that wait."""
        today = fields.Date.context_today(self)
        plans = self.search(
            [
                ("state", "in", ANSWER_STATES),
                ("date_due", "<", today),
                "|",
                ("reminded_on", "=", False),
                ("reminded_on", "<=", today - timedelta(days=REMIND_EVERY)),
            ],
            order="date_due, id",
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            plans, lambda batch: batch._remind()
        )

    def _remind(self):
        for plan in self:
            today = plan.company_id._outsourcing_today()
            server_write(plan, {"reminded_on": today})
            plan._schedule(
                plan.owner_id, self.env._("The improvement plan is overdue"), today
            )
            plan._schedule(
                plan._get_managers() - plan.owner_id,
                self.env._("An improvement plan is overdue: see to it"),
            )
        self.filtered(lambda plan: not plan.vendor_answered_at)._tell_vendor()
