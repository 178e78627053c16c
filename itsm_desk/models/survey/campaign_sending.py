import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.grants import server_write
from ..base.working_days import get_day

_logger = logging.getLogger(__name__)

MOST_MAILS = 100
"""Of one run; the job goes on at once while there are more."""


class ItsmSurveyCampaign(models.Model):
    """The job of campaigns: mails, reminders, figures and the end."""

    _inherit = "itsm.survey.campaign"

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_follow(self):
        """Write to people, remind them, and close what has ended; each by itself.

        Each mail is noted in the transaction that makes it, so that a job that was
        killed goes on where it stopped.
        """
        running = self.search([("state", "=", "running")], order="id")
        over = running.filtered(lambda campaign: campaign._is_over())
        invitations = (running - over)._get_due_invitations()
        acts = [
            *((self._follow_end, campaign) for campaign in over),
            *((self._follow_mail, item) for item in invitations[:MOST_MAILS]),
            *((self._follow_figures, campaign) for campaign in running - over),
        ]
        left = len(acts) + max(0, len(invitations) - MOST_MAILS)
        for act, record in acts:
            left -= 1
            try:
                with self.env.cr.savepoint():
                    act(record)
            except Exception:
                _logger.exception("%s %s was left", record._description, record.id)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    def _is_over(self):
        """Whether the last day to answer has passed where the company works."""
        self.ensure_one()
        return self.date_end < get_day(self.company_id, fields.Datetime.now())

    def _get_due_invitations(self):
        """Return the invitations that are written to now: first mails, reminders."""
        now = fields.Datetime.now()
        invitations = self.env["itsm.survey.invitation"]
        open_ones = Domain("user_input_id.state", "!=", "done")
        due = invitations.search(
            [("campaign_id", "in", self.ids), ("sent_at", "=", False)], order="id"
        )
        for campaign in self.filtered("reminder_count"):
            before = now - timedelta(days=campaign.reminder_days)
            due |= invitations.search(
                open_ones
                & Domain("campaign_id", "=", campaign.id)
                & Domain("sent_at", "<=", before)
                & Domain("reminded_count", "<", campaign.reminder_count)
                & (
                    Domain("reminded_at", "=", False)
                    | Domain("reminded_at", "<=", before)
                ),
                order="id",
            )
        return due

    @api.model
    def _follow_mail(self, invitation):
        """Write the mail, once, in the language of the person."""
        invitation = invitation.try_lock_for_update()
        if not invitation:
            return
        now = fields.Datetime.now()
        if not invitation.sent_at:
            name = "itsm_desk.mail_template_survey_invitation"
            values = {"sent_at": now}
        else:
            name = "itsm_desk.mail_template_survey_reminder"
            values = {
                "reminded_at": now,
                "reminded_count": invitation.reminded_count + 1,
            }
        self.env.ref(name).send_mail(invitation.id)
        server_write(invitation, values)

    @api.model
    def _follow_end(self, campaign):
        """Close a campaign whose last day has passed."""
        server_write(campaign, {"state": "done"})

    @api.model
    def _follow_figures(self, campaign):
        campaign._count_figures()
