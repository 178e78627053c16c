from odoo import fields, models

from ...tools.mailed_link import get_place


def get_mailed_url(invitation, partner, kind, key):
    """Return the link for one place in a mail that leaves for ``partner``, or None.

    :param invitation: in sudo
    """
    if kind != "survey" or partner != invitation.partner_id:
        return None
    return f"{invitation.get_base_url()}{invitation.user_input_id.get_start_url()}"


class ItsmSurveyInvitation(models.Model):
    """That a person was asked, and by which answer. Read by nobody.

    It ties a person to an answer, for the link in the mail, for reminders and so that
    nobody is asked too often. No role has a right on it, administrators included;
    campaigns show counts. The answer itself names nobody, and answers are made in an
    order that tells nothing.
    """

    _name = "itsm.survey.invitation"
    _description = "Invitation to a Survey"
    _inherit = ["itsm.server.rows.mixin"]
    _order = "id"
    _rec_name = "campaign_id"
    _check_company_auto = True

    campaign_id = fields.Many2one(
        comodel_name="itsm.survey.campaign",
        string="Campaign",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="campaign_id.company_id", store=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
    )
    user_input_id = fields.Many2one(
        comodel_name="survey.user_input",
        string="Survey Response",
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )
    asked_at = fields.Datetime(string="Invited on", required=True, index=True)
    sent_at = fields.Datetime(string="Mail Sent on", groups=fields.NO_ACCESS)
    reminded_at = fields.Datetime(string="Reminded on", groups=fields.NO_ACCESS)
    reminded_count = fields.Integer(
        string="Times Reminded", aggregator=None, groups=fields.NO_ACCESS
    )

    _person_uniq = models.UniqueIndex(
        "(campaign_id, partner_id)", "A campaign asks a person once."
    )
    _unsent_idx = models.Index("(campaign_id) WHERE sent_at IS NULL")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "Invitations are made when a campaign starts. Start the campaign."
        )

    def _get_survey_url(self):
        """Return the place, in the mail, of the address at which the person answers.

        Whoever reads mails that wait would know whose answer is whose.
        """
        self.ensure_one()
        return get_place(f"{self.get_base_url()}/my", "survey")
