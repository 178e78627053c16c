from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import (
    server_create,
    server_write,
)

from ...tools import periods

PREPARERS = "vendor_quality.group_quality_officer"
APPROVERS = (
    "vendor_quality.group_quality_manager",
    "vendor_quality.group_quality_finance",
)


class VendorQualityForm(models.Model):
    """The verbs of the quality form: who may take which step, and what follows."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_collect(self):
        """Count the period anew, freeze figures and evidence, and score them."""
        again = self.filtered(lambda form: form.state == "collected")
        again.check_access("write")
        again._flow_check_can("collect")
        (self - again).write({"state": "collected"})
        again._collect()
        return True

    def action_send_to_vendor(self):
        """Show the form to the vendor, who may answer until the deadline."""
        return self.write({"state": "vendor_review"})

    def action_submit(self):
        """Send the form to the department head and finance."""
        return self.write({"state": "review"})

    def action_approve(self):
        """Release the form once both reviews are done."""
        return self.write({"state": "approved"})

    def action_send_back(self, reason):
        """Return the form to its handler."""
        self._flow_check_reason(reason)
        result = self.write({"state": "collected"})
        for form in self:
            form.message_post(body=self.env._("Sent back: %s", reason))
        return result

    def action_supersede(self, reason):
        """Put a new form in place of this one and open it."""
        self._flow_check_reason(reason)
        self.check_access("write")
        self._flow_check_can("supersede")
        successors = self._supersede(reason.strip())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Superseding Forms"),
            "res_model": self._name,
            "view_mode": "form" if len(successors) == 1 else "list,form",
            "res_id": successors.id if len(successors) == 1 else False,
            "domain": [("id", "in", successors.ids)],
        }

    def action_cancel(self):
        """Give the form up; the period is free for another one."""
        return self.write({"state": "cancelled"})

    def action_open_send_back_wizard(self):
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_send_back", self.env._("Why does it go back?")
        )

    def action_open_supersede_wizard(self):
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_supersede", self.env._("Why is it superseded?")
        )

    def action_view_evidence(self):
        """Open the lines with the records behind each figure."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_form_line_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        return action

    def action_export_json(self):
        """Download the document from which a script re-computes the score."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/vendor_quality/form/{self.id}/document.json",
            "target": "download",
        }

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        # Stamps and messages follow from the step; whoever may take it need not
        # be allowed to write the form in its new state.
        method = getattr(self.sudo(), f"_entered_{target}", None)
        if method:
            method(origins)
        return result

    def _entered_collected(self, origins):
        self.filtered(lambda form: origins[form.id] == "draft")._collect()
        back = self.filtered(lambda form: origins[form.id] != "draft")
        server_write(
            back,
            {
                "submitted_at": False,
                "submitted_by_id": False,
                "evidence_hash": False,
            },
        )
        back.activity_unlink(["mail.mail_activity_data_todo"])
        for form in back.filtered("collected_by_id"):
            form._schedule(
                form.collected_by_id, self.env._("The form was sent back: see the log")
            )

    def _entered_vendor_review(self, _origins):
        for form in self:
            today = form.company_id._outsourcing_today()
            server_write(
                form,
                {
                    "sent_at": fields.Datetime.now(),
                    "vendor_deadline": today
                    + timedelta(days=form.template_id.answer_days),
                },
            )
        self._send_to_vendor()

    def _entered_review(self, _origins):
        for form in self:
            server_write(
                form,
                {
                    "submitted_at": fields.Datetime.now(),
                    "submitted_by_id": self.env.uid,
                    "evidence_hash": form._get_evidence_hash(),
                },
            )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.filtered(lambda form: form._tier_get_definitions()).request_validation()

    def _entered_approved(self, _origins):
        for form in self:
            people = form._get_reviewers_by_tier()
            server_write(
                form,
                {
                    "approved_at": fields.Datetime.now(),
                    "approved_by_id": self.env.uid,
                    "department_head_id": people[0].id if people else False,
                    "finance_approver_id": people[1].id if people[1:] else False,
                },
            )
        self.env["vendor.quality.standing"]._update(self.contract_id)

    def _entered_superseded(self, _origins):
        self.env["vendor.quality.standing"]._update(self.contract_id)

    def _entered_cancelled(self, _origins):
        self._lapse_disputes()
        self.activity_unlink(["mail.mail_activity_data_todo"])

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_collect_reason(self):
        if self._flow_is_system():
            return {}
        if not self._flow_user_in(PREPARERS):
            return dict.fromkeys(
                self.ids, self.env._("a quality officer collects the figures.")
            )
        return {
            form.id: self.env._("the period has not begun yet.")
            for form in self
            if form.date_start > form.company_id._outsourcing_today()
        }

    def _get_cannot_send_to_vendor_reason(self):
        return self._get_cannot_send_on_reason()

    def _get_cannot_submit_reason(self):
        reasons = self._get_cannot_send_on_reason()
        for form in self:
            if form.id not in reasons and form._is_vendor_answer_due():
                reasons[form.id] = self.env._(
                    "the vendor may answer until %s. Wait for the answer or that day.",
                    format_date(self.env, form.vendor_deadline),
                )
        return reasons

    def _get_cannot_send_on_reason(self):
        """Say which forms are not ready for other eyes."""
        if not self._flow_user_in(PREPARERS):
            return dict.fromkeys(
                self.ids, self.env._("a quality officer sends the form on.")
            )
        reasons = {}
        for form in self:
            collected = form.collected_at and form._to_local_date(form.collected_at)
            if form.is_stale:
                reasons[form.id] = self.env._(
                    "figures were entered after the last collection: collect again."
                )
            elif not collected or collected < form.date_end:
                reasons[form.id] = self.env._(
                    "its figures are older than the end of the period (%s): collect "
                    "again on or after that day.",
                    format_date(self.env, form.date_end),
                )
        return reasons

    def _get_cannot_approve_reason(self):
        if not self._flow_user_in(*APPROVERS):
            return dict.fromkeys(
                self.ids,
                self.env._("a quality manager or quality finance approves the form."),
            )
        reasons = {}
        for form in self:
            reason = form._tier_get_cannot_cross_reason()
            if not reason and self.env.user in form._tier_get_excluded_users():
                reason = self.env._("you prepared it, so somebody else approves it.")
            people = form._get_reviewers_by_tier()
            if not reason and len(people) > 1 and people[0] == people[1]:
                reason = self.env._(
                    "department head and finance are one person. Restart the "
                    "validation; somebody else must do one of the two reviews."
                )
            if not reason and form.evidence_hash != form._get_evidence_hash():
                reason = self.env._(
                    "its figures are no longer those that were submitted. Send it back "
                    "and collect again."
                )
            if reason:
                reasons[form.id] = reason
        return reasons

    def _get_cannot_send_back_reason(self):
        """Only from beyond ``collected``; the first way in is ``collect``."""
        if self._flow_is_system() or self._flow_user_in(PREPARERS, *APPROVERS):
            return {}
        return dict.fromkeys(
            self.ids, self.env._("an officer or a reviewer sends the form back.")
        )

    def _get_cannot_supersede_reason(self):
        if self._flow_is_system() or self._flow_user_in(PREPARERS):
            return {}
        return dict.fromkeys(
            self.ids, self.env._("a quality officer supersedes the form.")
        )

    def _get_cannot_cancel_reason(self):
        if self._flow_user_in(PREPARERS):
            return {}
        return dict.fromkeys(
            self.ids, self.env._("a quality officer cancels the form.")
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _supersede(self, reason):
        """Put draft forms in place of these and return them."""
        server_write(self, {"state": "superseded", "supersede_reason": reason})
        successors = server_create(
            self,
            [
                {
                    "contract_id": form.contract_id.id,
                    "template_id": form.template_id.id,
                    "date_start": form.date_start,
                    "date_end": form.date_end,
                    "fee_amount": form.fee_amount,
                    "fee_basis": form.fee_basis,
                    "supersedes_id": form.id,
                }
                for form in self
            ],
        )
        for form in successors:
            form._take_entered_values(form.supersedes_id)
        return successors

    def _take_entered_values(self, before):
        """Begin with the values of manual metrics that were entered before."""
        self.ensure_one()
        entered = {line.metric_id: line for line in before.line_ids if line.manual_note}
        for line in self.line_ids:
            if source := entered.get(line.metric_id):
                line.write(
                    {
                        "manual_value": source.manual_value,
                        "manual_note": source.manual_note,
                    }
                )

    def _flow_check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason: it stays with the form."))

    def _is_vendor_answer_due(self):
        """Whether the vendor still has time and has not answered yet."""
        self.ensure_one()
        return (
            self.state == "vendor_review"
            and not self.vendor_answered_at
            and self.vendor_deadline
            and self.company_id._outsourcing_today() <= self.vendor_deadline
        )

    def _get_reviewers_by_tier(self):
        """Return who approved, in the order of the tiers (with repetition)."""
        self.ensure_one()
        reviews = self.sudo().review_ids.filtered(
            lambda review: review.status == "approved"
        )
        users = reviews.sorted(lambda review: (review.sequence, review.id))
        return [review.done_by for review in users]

    def _to_local_date(self, moment):
        """Return the company's date of a naive UTC ``moment``."""
        self.ensure_one()
        return periods.to_local_date(moment, self.company_id._outsourcing_zone().zone)

    def _schedule(self, user, summary):
        """Ask ``user`` to act on the form."""
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, user_id=user.id
        )

    def _send_to_vendor(self):
        """Mail the link of the form to the vendor, in his language."""
        template = self.env.ref("vendor_quality.mail_template_form_vendor_review")
        for form in self:
            form.message_post_with_source(
                template,
                partner_ids=form.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )
