from odoo import fields, models

from ..base.outsourcing_grant import server_write

# A tender in one of these states no longer holds its requests.
ENDED_TENDERS = ("failed", "cancelled")
# A contract from here on answers the request.
SIGNED_CONTRACTS = ("signed", "active", "expiring", "expired", "renewed")


class OutsourcingRequest(models.Model):
    """Who may take which step of a request, and what follows from it."""

    _inherit = "outsourcing.request"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = {}
        for request in self.sudo():
            reason = request._get_incomplete_reason()
            own = (
                request.create_uid
                | request.employee_id.user_id
                | request.department_manager_user_id
            )
            if not reason and self.env.user not in own:
                reason = self.env._(
                    "only the applicant, the author or the department head submits it."
                )
            if reason:
                reasons[request.id] = reason
        return reasons

    def _get_incomplete_reason(self):
        """Say what the application still lacks, or return an empty string."""
        self.ensure_one()
        if not self.department_id:
            return self.env._("choose the department that needs the service.")
        if not self.is_in_scope:
            return self.env._(
                "the scope test is not passed: say why the service may be outsourced "
                "(not core, back office, no career path, long-term)."
            )
        if not self.date_start or not self.date_end:
            return self.env._("fill in from when to when the service is needed.")
        if not self.estimated_amount:
            return self.env._("give an estimate, or lines with prices.")
        return ""

    def _get_cannot_approve_reason(self):
        if self._flow_user_in(
            "outsourcing_mgmt.group_outsourcing_hr",
            "outsourcing_mgmt.group_outsourcing_manager",
        ):
            reasons = {}
            for request in self:
                if reason := request._tier_get_cannot_cross_reason():
                    reasons[request.id] = reason
                elif self.env.user in request._tier_get_excluded_users():
                    reasons[request.id] = self.env._(
                        "you wrote, edited or requested it; somebody else of HR "
                        "approves it."
                    )
            return reasons
        return dict.fromkeys(
            self.ids, self.env._("only HR approves requests, after its review.")
        )

    def _get_cannot_refuse_reason(self):
        if self._flow_user_in(
            "outsourcing_mgmt.group_outsourcing_hr",
            "outsourcing_mgmt.group_outsourcing_manager",
        ):
            return {
                request.id: self.env._("you are its applicant: cancel it instead.")
                for request in self
                if self.env.user in request.sudo().employee_id.user_id
            }
        return dict.fromkeys(self.ids, self.env._("only HR refuses requests."))

    def _get_cannot_reset_reason(self):
        return {
            request.id: self.env._("only its applicant or author takes it back.")
            for request in self.sudo()
            if self.env.user
            not in request.create_uid
            | request.employee_id.user_id
            | request.department_manager_user_id
        }

    def _get_cannot_create_tender_reason(self):
        if not self._flow_user_in(
            "outsourcing_mgmt.group_outsourcing_officer",
            "outsourcing_mgmt.group_outsourcing_procurement",
        ):
            return dict.fromkeys(
                self.ids,
                self.env._(
                    "the outsourcing department or procurement makes the tender."
                ),
            )
        reasons = {}
        for request in self:
            if request.state != "approved":
                reasons[request.id] = self.env._("it must be approved first.")
            elif tenders := request._get_live_tenders():
                reasons[request.id] = self.env._(
                    "its tender %s is being prepared.", tenders[0].display_name
                )
        return reasons

    def _get_cannot_enter_tender_reason(self):
        return {
            request.id: self.env._("create and publish its tender first.")
            for request in self
            if not request._get_live_tenders().filtered("publish_date")
        }

    def _get_cannot_release_reason(self):
        return {
            request.id: self.env._(
                "its tender %s is still running.",
                request._get_live_tenders()[0].display_name,
            )
            for request in self
            if request._get_live_tenders()
        }

    def _get_cannot_finish_reason(self):
        # Who may not read the contract may still be shown that it is signed.
        return {
            request.id: self.env._("it is done when its contract is signed.")
            for request in self.sudo()
            if not request.contract_ids.filtered(
                lambda contract: contract.state in SIGNED_CONTRACTS
            )
        }

    def _get_cannot_cancel_reason(self):
        staff = self._flow_user_in(
            "outsourcing_mgmt.group_outsourcing_officer",
            "outsourcing_mgmt.group_outsourcing_hr",
            "outsourcing_mgmt.group_outsourcing_manager",
        )
        reasons = {}
        for request in self.sudo():
            own = request.create_uid | request.employee_id.user_id
            if not staff and self.env.user not in own:
                reasons[request.id] = self.env._(
                    "only its applicant, an officer or HR cancels it."
                )
            elif tenders := request._get_live_tenders():
                reasons[request.id] = self.env._(
                    "its tender %s is still running; cancel the tender first.",
                    tenders[0].display_name,
                )
        return reasons

    def _get_live_tenders(self):
        """Return the tenders that still hold this request."""
        self.ensure_one()
        # The applicant may not read the tender, only that there is one.
        return self.sudo().tender_ids.filtered(
            lambda tender: tender.state not in ENDED_TENDERS
        )

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        now = fields.Datetime.now()
        if target == "submitted":
            server_write(
                self,
                {
                    "submitted_by_id": self.env.uid,
                    "submitted_date": now,
                    "refusal_reason": False,
                },
            )
            self._flow_as_reviewable().request_validation()
        elif target == "approved":
            fresh = self.filtered(lambda request: origins[request.id] == "submitted")
            server_write(fresh, {"approved_by_id": self.env.uid, "approved_date": now})
            fresh._notify_applicant(self.env._("Your request was approved."))
            fresh._schedule_for_officers()
        elif target == "refused":
            self._notify_applicant(self.env._("Your request was refused."))
        return result

    def _flow_as_reviewable(self):
        """Return the requests that some tier definition asks to review."""
        return self.filtered(lambda request: request._tier_get_definitions())

    def _notify_applicant(self, body):
        for request in self.sudo():
            partner = request.employee_id.user_id.partner_id
            if partner:
                request.message_notify(
                    partner_ids=partner.ids,
                    subject=request.display_name,
                    body=body,
                    model=self._name,
                    res_id=request.id,
                )

    def _schedule_for_officers(self):
        """Ask the outsourcing department to set price and conditions."""
        for request in self.sudo():
            officers = self.env.ref(
                "outsourcing_mgmt.group_outsourcing_officer"
            ).all_user_ids.filtered(
                lambda user, company=request.company_id: (
                    user.active and company in user.company_ids
                )
            )
            if officers:
                request.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Set the reference price and the conditions"),
                    user_id=officers[0].id,
                )
