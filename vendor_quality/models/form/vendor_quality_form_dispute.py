from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import (
    server_create,
    server_write,
)

VENDOR_STATES = ("vendor_review", "review", "approved", "superseded")


class VendorQualityForm(models.Model):
    """What the vendor may see, answer and dispute of a quality form."""

    _inherit = "vendor.quality.form"

    dispute_ids = fields.One2many(
        comodel_name="vendor.quality.dispute", inverse_name="form_id"
    )
    dispute_count = fields.Integer(compute="_compute_dispute_count")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_dispute_count(self):
        counts = dict(
            self.env["vendor.quality.dispute"]._read_group(
                [("form_id", "in", self.ids)], ["form_id"], ["__count"]
            )
        )
        for form in self:
            form.dispute_count = counts.get(form, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_disputes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_dispute_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        action["context"] = {}
        return action

    # ------------------------------------------------------------
    # VENDOR
    # ------------------------------------------------------------

    def _portal_filter(self, user):
        """Return the forms of ``self`` that ``user`` may see as the vendor."""
        vendor = user.partner_id.commercial_partner_id
        return self.sudo().filtered(
            lambda form: (
                form.commercial_partner_id == vendor and form.state in VENDOR_STATES
            )
        )

    def _get_cannot_answer_reason(self):
        """Say why the vendor may no longer answer or dispute."""
        self.ensure_one()
        if self.state != "vendor_review":
            return self.env._("The form is no longer open for an answer.")
        if self.company_id._outsourcing_today() > self.vendor_deadline:
            return self.env._("The day to answer has passed.")
        return ""

    def _vendor_answer(self, user, text):
        """Record the vendor's answer, once."""
        self.ensure_one()
        self._vendor_check(user)
        if self.vendor_answered_at:
            raise UserError(self.env._("You have answered already."))
        server_write(
            self.sudo(),
            {
                "vendor_answer": (text or "").strip()[:5000] or False,
                "vendor_answered_at": fields.Datetime.now(),
                "vendor_answered_by_id": user.id,
            },
        )
        self.sudo()._schedule_answer()

    def _vendor_dispute(self, user, line_id, claim):
        """Record that the vendor contests a line, and stay its consequence."""
        self.ensure_one()
        self._vendor_check(user)
        line = self.sudo().line_ids.filtered(lambda item: item.id == line_id)
        claim = (claim or "").strip()[:5000]
        if not line:
            raise UserError(self.env._("The form has no such line."))
        if not claim:
            raise UserError(self.env._("Say why the figure is not right."))
        if line.is_disputed:
            raise UserError(
                self.env._("The line is disputed already; wait for the decision.")
            )
        dispute = server_create(
            self.env["vendor.quality.dispute"].sudo(),
            [
                {
                    "form_id": self.id,
                    "line_id": line.id,
                    "claim": claim,
                    "submitted_by_id": user.id,
                }
            ],
        )
        self._update_result()
        self.sudo()._schedule_answer()
        return dispute

    def _vendor_check(self, user):
        if not self._portal_filter(user):
            raise UserError(self.env._("This form is not yours."))
        if reason := self.sudo()._get_cannot_answer_reason():
            raise UserError(reason)

    def _schedule_answer(self):
        """Ask the handler to look at what the vendor said."""
        self.ensure_one()
        summary = self.env._("The vendor answered the quality form")
        open_activities = self.activity_ids.filtered(
            lambda activity: activity.summary == summary
        )
        if self.collected_by_id and not open_activities:
            self._schedule(self.collected_by_id, summary)

    # ------------------------------------------------------------
    # DECISIONS
    # ------------------------------------------------------------

    def _get_involved_users(self):
        """Return who prepared, reviewed or approved the form."""
        self.ensure_one()
        form = self.sudo()
        reviewers = form.review_ids.filtered(
            lambda review: review.status in ("approved", "rejected")
        )
        return (
            form.create_uid
            | form.content_editor_id
            | form.collected_by_id
            | form.submitted_by_id
            | form.approved_by_id
            | form.department_head_id
            | form.finance_approver_id
            | reviewers.done_by
        )

    def _tier_get_excluded_users(self):
        """Whoever decided a dispute does not approve what follows from it."""
        return (
            super()._tier_get_excluded_users()
            | self.sudo()._get_chain().dispute_ids.decided_by_id
        )

    def _get_chain(self):
        """Return the form and those it supersedes, the newest first."""
        chain = form = self
        while form.supersedes_id:
            form = form.supersedes_id
            chain |= form
        return chain

    def _get_dispute_decisions(self):
        """Return ``{(form id, metric id): (is disputed, awarded points or None)}``.

        Disputes and decisions of superseded forms hold for those that follow.
        """
        disputed = self.env["vendor.quality.dispute"]._read_group(
            [("contract_id", "in", self.contract_id.ids)], ["contract_id"]
        )
        contracts = {contract for (contract,) in disputed}
        decisions = {}
        for form in self.filtered(lambda form: form.contract_id in contracts):
            disputes = form._get_chain().dispute_ids.sorted("id")
            for metric, mine in disputes.grouped("metric_id").items():
                awarded = mine.filtered(
                    lambda dispute: dispute.state in ("upheld", "partial")
                )[-1:]
                decisions[form.id, metric.id] = (
                    "submitted" in mine.mapped("state"),
                    awarded.awarded_points if awarded else None,
                )
        return decisions

    def _follow_decision(self):
        """Bring the form in line with the decisions about it."""
        self.ensure_one()
        if self.state in ("collected", "vendor_review"):
            self._update_result()
        elif self.state == "review":
            self.message_post(
                body=self.env._("A dispute was decided: the form goes back.")
            )
            server_write(self, {"state": "collected"})
            self._follow_decision()
        elif self.state == "approved":
            successor = self._supersede(self.env._("A dispute was decided"))
            server_write(successor, {"state": "collected"})

    def _lapse_disputes(self):
        server_write(
            self.dispute_ids.filtered(lambda dispute: dispute.state == "submitted"),
            {"state": "lapsed"},
        )
