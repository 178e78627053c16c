from odoo import fields, models


class OutsourcingDirectReason(models.Model):
    """A reason for which a contract may be awarded without competition.

    Kept by managers; a reason that was used is archived, not deleted.
    """

    _name = "outsourcing.direct.reason"
    _description = "Reason of a Direct Award"
    _order = "sequence, id"
    _check_company_auto = True
    _rec_names_search = ["code", "name"]

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, help="Short code for lists and statistics.")
    name = fields.Char(required=True, translate=True)
    description = fields.Text(
        translate=True, help="When the reason holds, and which evidence shows it."
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to offer the reason to every company.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another reason has this code."
    )
