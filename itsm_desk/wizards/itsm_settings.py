from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.base.mail_checklist import get_checks, render
from ..tools.one_record import check_one

COMPANY_FIELDS = (
    "itsm_tz",
    "itsm_sign_off_days",
    "itsm_approval_days",
    "itsm_complaint_days",
    "itsm_accept_unknown",
    "itsm_portal_share",
    "itsm_second_repair_days",
    "itsm_meeting_days",
    "itsm_survey_quiet_days",
    "itsm_fewest_sample",
    "itsm_answer_days",
    "itsm_keep_talk_months",
    "itsm_keep_complaint_months",
    "itsm_keep_text_months",
    "itsm_keep_people_months",
)
"""Fields of the company that the window shows, under their names."""
PARAMETERS = {
    "authserv_id": "itsm_desk.authserv_id",
    "mail_storm_limit": "itsm_desk.mail_storm_limit",
}


class ItsmSettings(models.TransientModel):
    """The settings of the service desk, for its managers.

    Odoo's own settings are for administrators of the whole database. This window
    changes what belongs to the desk of the current company, and nothing else.
    """

    _name = "itsm.settings"
    _description = "Service Desk Settings"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    itsm_tz = fields.Selection(
        selection=lambda self: (
            self.env["res.company"]._fields["itsm_tz"]._description_selection(self.env)
        ),
        string="Time Zone of Desk Days",
        required=True,
    )
    itsm_sign_off_days = fields.Integer(string="Days to Sign Off", required=True)
    itsm_approval_days = fields.Integer(
        string="Days to Approve a Request",
        help="Working days, after which the deputy of the manager is asked, then the "
        "head of the department, then the managers of the desk. 0: no limit.",
    )
    itsm_complaint_days = fields.Integer(
        string="Days to Answer a Complaint", required=True
    )
    itsm_accept_unknown = fields.Boolean(string="Accept Mail of Unknown Senders")
    itsm_portal_share = fields.Boolean(string="Share Tickets within a Customer")
    itsm_second_repair_days = fields.Integer(string="Days of a Second Repair")
    itsm_meeting_days = fields.Integer(
        string="Days between One-to-One Meetings", required=True
    )
    itsm_survey_quiet_days = fields.Integer(string="Days between Surveys")
    itsm_fewest_sample = fields.Integer(string="Smallest Sample of a Figure")
    itsm_answer_days = fields.Integer(
        string="Days to Answer an Assessment", required=True
    )
    itsm_keep_talk_months = fields.Integer(
        string="Months to Keep Meetings and Assessments"
    )
    itsm_keep_complaint_months = fields.Integer(
        string="Months to Keep Texts of Complaints"
    )
    itsm_keep_text_months = fields.Integer(string="Months to Keep Texts")
    itsm_keep_people_months = fields.Integer(string="Months to Keep Personal Figures")
    authserv_id = fields.Char(
        string="Name of Our Mail Server",
        help="The authserv-id that your mail server writes first into the header "
        "Authentication-Results. Mails that it did not prove make nobody an owner and "
        "are no first response. Empty: senders are not checked.",
    )
    mail_storm_limit = fields.Integer(
        string="Mails an Hour",
        required=True,
        help="Above this number of mails of one sender on one ticket, or in new ones, "
        "no automatic mail of ours answers that sender. All mails are filed.",
    )
    mail_checklist = fields.Html(
        string="Mail", compute="_compute_mail_checklist", sanitize=False
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        self._check_manager()
        # sudo: managers of the desk read no parameters
        parameters = self.env["ir.config_parameter"].sudo()
        company = self.env.company
        values.update({name: company[name] for name in COMPANY_FIELDS})
        values["authserv_id"] = parameters.get_param(PARAMETERS["authserv_id"])
        values["mail_storm_limit"] = self.env["itsm.inbound.mail"]._get_storm_limit()
        return values

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Explain each setting in the words of the company's field."""
        found = super().fields_get(allfields, attributes)
        if attributes and "help" not in attributes:
            return found
        # sudo: managers of the desk need not read fields of the company
        company = self.env["res.company"].sudo().fields_get(COMPANY_FIELDS, ["help"])
        for name in company.keys() & found.keys():
            if told := company[name].get("help"):
                found[name].setdefault("help", told)
        return found

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("company_id")
    def _compute_mail_checklist(self):
        for window in self:
            window.mail_checklist = render(
                get_checks(self.env, window.company_id or self.env.company)
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_apply(self):
        """Write what was changed to the company and the desk's own parameters."""
        check_one(self)
        self._check_manager()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("You do not work for this company."))
        if (
            min(
                self.mail_storm_limit, self.itsm_sign_off_days, self.itsm_complaint_days
            )
            < 1
        ):
            raise UserError(
                self.env._(
                    "Days to sign off, days to answer a complaint and mails an hour "
                    "are numbers from 1 on."
                )
            )
        # sudo: managers of the desk write no companies; only fields of the desk
        company = self.company_id.sudo()
        company.write({name: self[name] for name in COMPANY_FIELDS})
        # sudo: nor parameters; only those of the desk
        parameters = self.env["ir.config_parameter"].sudo()
        for name, key in PARAMETERS.items():
            parameters.set_param(key, self[name] or False)
        return {"type": "ir.actions.client", "tag": "reload"}

    def _check_manager(self):
        if not self.env.user.has_group("itsm_desk.group_itsm_manager"):
            raise AccessError(
                self.env._("The settings of the desk are changed by its managers.")
            )
