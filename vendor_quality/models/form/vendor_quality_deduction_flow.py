from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

WAIVERS = (
    "vendor_quality.group_quality_manager",
    "vendor_quality.group_quality_finance",
)
FINANCE = "vendor_quality.group_quality_finance"
OPEN_FORM_STATES = ("collected", "vendor_review")


class VendorQualityDeduction(models.Model):
    """Who may waive, apply or release a deduction, and what follows."""

    _inherit = "vendor.quality.deduction"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_waive(self, reason):
        """Let the vendor keep what the item would cost; the form follows."""
        self.form_id._flow_check_reason(reason)
        self.check_access("write")
        return server_write(self, {"state": "waived", "waive_reason": reason.strip()})

    def action_open_waive_wizard(self):
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_waive", self.env._("Why is it waived?")
        )

    def action_release(self):
        """Let the retained amount be paid."""
        others = self.filtered(lambda item: item.kind != "retention")
        if others:
            raise UserError(
                self.env._(
                    "%s: only a retention is released. Deductions are applied to the "
                    "bills.",
                    others._flow_names(),
                )
            )
        return self.write({"state": "applied"})

    def action_open_apply_wizard(self):
        """Take the approved deductions of these forms off the bills."""
        self.check_access("read")
        return self.sudo().form_id._open_apply_wizard()

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "kind", "date_release", "form_state")
    @api.depends_context("uid")
    def _compute_can_release(self):
        held = self.filtered(
            lambda item: item.kind == "retention" and item.state == "approved"
        )
        reasons = held._get_cannot_release_reason()
        for item in self:
            item.can_release = item in held and not reasons.get(item.id)

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        # Stamps and sums follow from the step; whoever may take it need not be
        # allowed to write the form.
        items = self.sudo()
        if target == "waived":
            items._entered_waived()
        elif target == "applied":
            items.filtered(lambda item: item.kind == "retention")._entered_released()
        return result

    def _entered_waived(self):
        server_write(
            self, {"waived_at": fields.Datetime.now(), "waived_by_id": self.env.uid}
        )
        for form in self.form_id:
            mine = self.filtered(lambda item, form=form: item.form_id == form)
            form.message_post(
                body=self.env._(
                    "Waived: %(items)s. Reason: %(reason)s",
                    items=", ".join(mine.mapped("display_name")),
                    reason=mine[0].waive_reason,
                )
            )
        self.form_id._update_result()

    def _entered_released(self):
        if not self:
            return
        server_write(
            self, {"released_at": fields.Datetime.now(), "released_by_id": self.env.uid}
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.form_id._update_released()

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_approve_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("it is approved together with its form.")
        )

    def _get_cannot_restore_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids,
            self.env._(
                "a waiver ends only when another collection changes the amount."
            ),
        )

    def _get_cannot_waive_reason(self):
        if not self._flow_user_in(*WAIVERS):
            return dict.fromkeys(
                self.ids,
                self.env._("a quality manager or quality finance waives it."),
            )
        reasons = {}
        for item in self:
            form = item.sudo().form_id
            if form.state not in OPEN_FORM_STATES:
                reasons[item.id] = self.env._(
                    "%(form)s is “%(state)s”. Waive before it is submitted: send it "
                    "back, or supersede it if it is approved.",
                    form=form.name,
                    state=form._flow_state_label(form.state),
                )
            elif self.env.user in form._get_handlers():
                reasons[item.id] = self.env._(
                    "you prepared the form, so somebody else waives."
                )
        return reasons

    def _get_cannot_apply_reason(self):
        retained = self.filtered(lambda item: item.kind == "retention")
        reasons = retained._get_cannot_release_reason()
        if not self._flow_is_system():
            reasons |= dict.fromkeys(
                (self - retained).ids,
                self.env._(
                    "it is applied when its credit note or its line on a bill is "
                    "posted. Accounting does that from the list of deductions to apply."
                ),
            )
        return reasons

    def _get_cannot_reopen_reason(self):
        released = self.filtered(lambda item: item.kind == "retention")
        if released:
            return dict.fromkeys(
                released.ids, self.env._("what is released stays released.")
            )
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids,
            self.env._("it follows the credit note: reset or cancel that one."),
        )

    def _get_cannot_release_reason(self):
        """Say which retentions may not be released, and why."""
        if not self._flow_user_in(FINANCE):
            return dict.fromkeys(
                self.ids, self.env._("quality finance releases retentions.")
            )
        reasons = {}
        for item in self:
            form = item.sudo().form_id
            if form.state != "approved":
                reasons[item.id] = self.env._(
                    "%s is not approved or is superseded.", form.name
                )
            elif not item.date_release:
                reasons[item.id] = self.env._(
                    "it is released at the end of the contract, which has none yet."
                )
            elif item.date_release > item.company_id._outsourcing_today():
                reasons[item.id] = self.env._(
                    "it is due on %s.", format_date(self.env, item.date_release)
                )
            elif self.env.user in form._get_involved_users():
                reasons[item.id] = self.env._(
                    "you prepared or approved the form, so somebody else of quality "
                    "finance releases it."
                )
        return reasons

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_retentions(self):
        """Ask quality finance to release the retentions that are due."""
        tomorrow = fields.Date.add(fields.Date.today(), days=1)
        due = self.search(
            [
                ("kind", "=", "retention"),
                ("state", "=", "approved"),
                ("form_state", "=", "approved"),
                ("date_release", "<=", tomorrow),
                ("activity_ids", "=", False),
            ],
            order="id",
        ).filtered(
            lambda item: item.date_release <= item.company_id._outsourcing_today()
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            due, lambda batch: batch._remind_retention()
        )

    @api.model
    def _cron_follow_bills(self):
        """Mark as applied what vendors left out of their bills by themselves."""
        open_items = self.search(
            [
                ("kind", "!=", "retention"),
                ("state", "=", "approved"),
                ("form_state", "=", "approved"),
            ]
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            open_items.form_id.sorted("id"), lambda batch: batch._update_applied()
        )

    def _remind_retention(self):
        users = self.env.ref(FINANCE).sudo().all_user_ids
        for item in self:
            involved = item.form_id._get_involved_users()
            able = users.filtered(
                lambda user, item=item, involved=involved: (
                    not user.share
                    and user not in involved
                    and item.company_id in user.company_ids
                )
            )
            if able:
                item.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=item.date_release,
                    summary=self.env._("Release the retention"),
                    user_id=able[0].id,
                )
