from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

OFFICER = "vendor_quality.group_quality_officer"


class VendorQualityInspection(models.Model):
    """Who may take which step of an inspection, and what follows."""

    _inherit = "vendor.quality.inspection"

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_done_reason(self):
        reasons = {}
        officer = self._flow_user_in(OFFICER)
        for inspection in self:
            today = inspection.company_id._outsourcing_today()
            missing = inspection.line_ids.filtered(lambda line: not line.result)
            unseen = inspection.line_ids.filtered(
                lambda line: (
                    line.photo_required and line.result != "na" and not line.photo
                )
            )
            if self.env.user != inspection.inspector_id and not officer:
                reason = self.env._(
                    "it is the round of %s.", inspection.inspector_id.sudo().name
                )
            elif inspection.date_due > today:
                reason = self.env._(
                    "it is not due before %s.",
                    format_date(self.env, inspection.date_due),
                )
            elif inspection.date_deadline < today:
                reason = self.env._(
                    "it had to be done until %s and counts as missed. An officer may "
                    "waive it with a reason.",
                    format_date(self.env, inspection.date_deadline),
                )
            elif missing:
                reason = self.env._(
                    "say whether each item passed: %s.",
                    ", ".join(missing[:3].mapped("name")),
                )
            elif unseen:
                reason = self.env._(
                    "take the photo that the plan asks for: %s.",
                    ", ".join(unseen[:3].mapped("name")),
                )
            else:
                continue
            reasons[inspection.id] = reason
        return reasons

    def _get_cannot_verify_reason(self):
        reasons = {}
        officer = self._flow_user_in(OFFICER)
        for inspection in self:
            verifier = inspection.plan_id.verifier_id
            if self.env.user == inspection.done_by_id:
                reasons[inspection.id] = self.env._(
                    "you did it, so somebody else verifies it: %s.",
                    verifier.sudo().name or self.env._("a quality officer"),
                )
            elif self.env.user != verifier and not officer:
                reasons[inspection.id] = self.env._(
                    "it is verified by %s.",
                    verifier.sudo().name or self.env._("a quality officer"),
                )
        return reasons

    def _get_cannot_waive_reason(self):
        if not self._flow_user_in(OFFICER):
            return dict.fromkeys(
                self.ids, self.env._("a quality officer waives inspections.")
            )
        return {
            inspection.id: self.env._(
                "it is your own round, so another officer must waive it."
            )
            for inspection in self
            if self.env.user == inspection.inspector_id
        }

    def _get_cannot_miss_reason(self):
        """Only the server's clock finds that a round was missed."""
        if self._flow_is_system():
            return {
                inspection.id: self.env._("its days of grace are not over.")
                for inspection in self
                if inspection.date_deadline
                >= inspection.company_id._outsourcing_today()
            }
        return dict.fromkeys(
            self.ids, self.env._("the calendar says whether a round was missed.")
        )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        # Stamps and activities follow from the step, whoever takes it.
        method = getattr(self.sudo(), f"_entered_{target}", None)
        if method:
            method()
        return result

    def _entered_done(self):
        for inspection in self:
            today = inspection.company_id._outsourcing_today()
            days = inspection.plan_id.feedback_days if inspection.plan_id else 2
            server_write(
                inspection,
                {
                    "done_at": fields.Datetime.now(),
                    "done_by_id": self.env.uid,
                    "feedback_deadline": today + timedelta(days=days),
                },
            )
            inspection._close_activities()
            verifier = inspection.plan_id.verifier_id
            if verifier and verifier != self.env.user:
                inspection.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=inspection.feedback_deadline,
                    summary=self.env._("Verify the result of the inspection"),
                    user_id=verifier.id,
                )

    def _entered_verified(self):
        for inspection in self:
            today = inspection.company_id._outsourcing_today()
            server_write(
                inspection,
                {"verified_at": fields.Datetime.now(), "verified_by_id": self.env.uid},
            )
            if inspection.feedback_deadline < today:
                inspection._set_feedback_late()
            inspection._close_activities()

    def _entered_missed(self):
        self._close_activities()
        self._raise_events("inspection_missed", lambda item: item.inspector_id)

    def _entered_waived(self):
        server_write(self, {"waived_by_id": self.env.uid})
        self._close_activities()

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_follow_clock(self):
        """Mark rounds that were missed and results that were not fed back.

        The dates of the search are wide by a day; each record's own company
        decides in its time zone.
        """
        run = self.env["vendor.quality.batch"]._run_in_batches
        tomorrow = fields.Date.today() + timedelta(days=1)
        planned = self.search(
            [("state", "=", "planned"), ("date_deadline", "<", tomorrow)], order="id"
        )
        run(planned, lambda batch: batch._mark_missed())
        unverified = self.search(
            [
                ("state", "=", "done"),
                ("is_feedback_late", "=", False),
                ("feedback_deadline", "<", tomorrow),
            ],
            order="id",
        )
        run(unverified, lambda batch: batch._mark_feedback_late())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _filter_quality_counted(self):
        return self.filtered(lambda inspection: inspection.state != "planned")

    @api.model
    def _get_quality_days(self, ids):
        return SQL(
            "SELECT contract_id, date_due, date_due FROM vendor_quality_inspection"
            " WHERE id = ANY(%s)",
            ids,
        )

    def _mark_missed(self):
        """Move planned rounds whose days of grace are over to missed."""
        server_write(
            self.filtered(
                lambda inspection: (
                    inspection.state == "planned"
                    and inspection.date_deadline
                    < inspection.company_id._outsourcing_today()
                )
            ),
            {"state": "missed"},
        )

    def _mark_feedback_late(self):
        """Mark done rounds whose days for feedback are over."""
        self.filtered(
            lambda inspection: (
                inspection.state == "done"
                and inspection.feedback_deadline
                < inspection.company_id._outsourcing_today()
            )
        )._set_feedback_late()

    def _set_feedback_late(self):
        """Mark results that were not verified in time, once."""
        late = self.filtered(lambda inspection: not inspection.is_feedback_late)
        server_write(late, {"is_feedback_late": True})
        late._raise_events(
            "inspection_feedback_late",
            lambda item: item.plan_id.verifier_id or item.inspector_id,
        )

    def _raise_events(self, code, get_user):
        """Raise the compliance event ``code`` against the person responsible."""
        Event = self.env["outsourcing.compliance.event"]
        for inspection in self:
            user = get_user(inspection)
            # The person responsible is named; no private data is read.
            employee = user.sudo().with_company(inspection.company_id).employee_id
            Event._raise(
                code,
                inspection,
                employee=employee,
                user=user,
                note=inspection.display_name,
            )

    def _close_activities(self):
        self.activity_unlink(["mail.mail_activity_data_todo"])
