from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The company's terms of outsourcing in the settings."""

    _inherit = "res.config.settings"

    outsourcing_tz = fields.Selection(
        related="company_id.outsourcing_tz", readonly=False
    )
    outsourcing_scope_rule = fields.Selection(
        related="company_id.outsourcing_scope_rule", readonly=False
    )
    outsourcing_scope_failing = fields.Selection(
        related="company_id.outsourcing_scope_failing", readonly=False
    )
    outsourcing_sign_days = fields.Integer(
        related="company_id.outsourcing_sign_days", readonly=False
    )
    outsourcing_filing_days = fields.Integer(
        related="company_id.outsourcing_filing_days", readonly=False
    )
    outsourcing_filing_day_kind = fields.Selection(
        related="company_id.outsourcing_filing_day_kind", readonly=False
    )
    outsourcing_notice_days = fields.Integer(
        related="company_id.outsourcing_notice_days", readonly=False
    )
    outsourcing_alert_days = fields.Integer(
        related="company_id.outsourcing_alert_days", readonly=False
    )
    outsourcing_amendment_cap = fields.Float(
        related="company_id.outsourcing_amendment_cap", readonly=False
    )
    outsourcing_retention_years = fields.Integer(
        related="company_id.outsourcing_retention_years", readonly=False
    )
    outsourcing_procurement_department_id = fields.Many2one(
        related="company_id.outsourcing_procurement_department_id", readonly=False
    )
    outsourcing_department_id = fields.Many2one(
        related="company_id.outsourcing_department_id", readonly=False
    )
    outsourcing_reward_share = fields.Float(
        related="company_id.outsourcing_reward_share", readonly=False
    )
    outsourcing_reward_cap = fields.Monetary(
        related="company_id.outsourcing_reward_cap",
        readonly=False,
        currency_field="company_currency_id",
    )
    outsourcing_fine_cap = fields.Monetary(
        related="company_id.outsourcing_fine_cap",
        readonly=False,
        currency_field="company_currency_id",
    )
    outsourcing_leave_cap = fields.Float(
        related="company_id.outsourcing_leave_cap", readonly=False
    )
    outsourcing_points_cap = fields.Integer(
        related="company_id.outsourcing_points_cap", readonly=False
    )
    outsourcing_fine_missed_inspection = fields.Monetary(
        related="company_id.outsourcing_fine_missed_inspection",
        readonly=False,
        currency_field="company_currency_id",
    )
    outsourcing_hearing_days = fields.Integer(
        related="company_id.outsourcing_hearing_days", readonly=False
    )
    outsourcing_last_resort_one_id = fields.Many2one(
        related="company_id.outsourcing_last_resort_one_id", readonly=False
    )
    outsourcing_last_resort_two_id = fields.Many2one(
        related="company_id.outsourcing_last_resort_two_id", readonly=False
    )
    outsourcing_last_resort_since = fields.Datetime(
        related="company_id.outsourcing_last_resort_since"
    )
