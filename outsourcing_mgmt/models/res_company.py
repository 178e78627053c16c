from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    outsourcing_scope_rule = fields.Selection(
        selection=[
            ("any", "At least one answer is yes"),
            ("all", "All answers are yes"),
        ],
        string="Scope Test of Requests",
        default="any",
        required=True,
        help="When a service may be outsourced: not core business, back office, no "
        "career path, long-term need.",
    )
