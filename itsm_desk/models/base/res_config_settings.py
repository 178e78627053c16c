from odoo import api, fields, models

from .current_mail import STORM_LIMIT
from .mail_checklist import get_checks, render


class ResConfigSettings(models.TransientModel):
    """Settings of the service desk, kept on the company."""

    _inherit = "res.config.settings"

    itsm_tz = fields.Selection(related="company_id.itsm_tz", readonly=False)
    itsm_sign_off_days = fields.Integer(
        related="company_id.itsm_sign_off_days", readonly=False
    )
    itsm_complaint_days = fields.Integer(
        related="company_id.itsm_complaint_days", readonly=False
    )
    itsm_approval_days = fields.Integer(
        related="company_id.itsm_approval_days", readonly=False
    )
    itsm_accept_unknown = fields.Boolean(
        related="company_id.itsm_accept_unknown", readonly=False
    )
    itsm_portal_share = fields.Boolean(
        related="company_id.itsm_portal_share", readonly=False
    )
    itsm_second_repair_days = fields.Integer(
        related="company_id.itsm_second_repair_days", readonly=False
    )
    itsm_meeting_days = fields.Integer(
        related="company_id.itsm_meeting_days", readonly=False
    )
    itsm_survey_quiet_days = fields.Integer(
        related="company_id.itsm_survey_quiet_days", readonly=False
    )
    itsm_fewest_sample = fields.Integer(
        related="company_id.itsm_fewest_sample", readonly=False
    )
    itsm_most_amount = fields.Float(
        related="company_id.itsm_most_amount", readonly=False
    )
    itsm_most_leave_days = fields.Float(
        related="company_id.itsm_most_leave_days", readonly=False
    )
    itsm_answer_days = fields.Integer(
        related="company_id.itsm_answer_days", readonly=False
    )
    itsm_keep_talk_months = fields.Integer(
        related="company_id.itsm_keep_talk_months", readonly=False
    )
    itsm_keep_complaint_months = fields.Integer(
        related="company_id.itsm_keep_complaint_months", readonly=False
    )
    itsm_keep_text_months = fields.Integer(
        related="company_id.itsm_keep_text_months", readonly=False
    )
    itsm_keep_people_months = fields.Integer(
        related="company_id.itsm_keep_people_months", readonly=False
    )
    itsm_authserv_id = fields.Char(
        string="Name of Our Mail Server", config_parameter="itsm_desk.authserv_id"
    )
    itsm_mail_storm_limit = fields.Integer(
        string="Mails an Hour",
        config_parameter="itsm_desk.mail_storm_limit",
        default=STORM_LIMIT,
    )
    itsm_mail_checklist = fields.Html(
        string="Is mail set up?",
        compute="_compute_itsm_mail_checklist",
        sanitize=False,
    )

    @api.depends("company_id")
    def _compute_itsm_mail_checklist(self):
        for window in self:
            checks = get_checks(self.env, window.company_id)
            window.itsm_mail_checklist = render(checks)
