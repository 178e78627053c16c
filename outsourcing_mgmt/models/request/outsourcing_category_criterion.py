from odoo import fields, models


class OutsourcingCategoryCriterion(models.Model):
    """An award criterion that tenders of a category start with.

    Copied to the tender, which may change it before publication.
    """

    _name = "outsourcing.category.criterion"
    _description = "Default Award Criterion"
    _order = "sequence, id"

    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="category_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    kind = fields.Selection(
        selection=[
            ("pass_fail", "Pass / fail"),
            ("scored", "Scored"),
            ("price", "Price"),
        ],
        required=True,
        default="scored",
    )
    weight = fields.Integer(
        string="Weight (bp)",
        help="Share of the total in basis points: 10000 is the whole, 2500 a quarter.",
    )
    max_points = fields.Float(default=100.0)

    _weight_range = models.Constraint(
        "CHECK (weight BETWEEN 0 AND 10000)",
        "A weight lies between 0 and 10000 basis points.",
    )
