from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of the service desk, kept on the company."""

    _inherit = "res.config.settings"

    itsm_tz = fields.Selection(related="company_id.itsm_tz", readonly=False)
    itsm_sign_off_days = fields.Integer(
        related="company_id.itsm_sign_off_days", readonly=False
    )
    itsm_accept_unknown = fields.Boolean(
        related="company_id.itsm_accept_unknown", readonly=False
    )
    itsm_portal_share = fields.Boolean(
        related="company_id.itsm_portal_share", readonly=False
    )
