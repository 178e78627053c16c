from odoo import fields, models


class VendorQualityForm(models.Model):
    """What the figures of a period amount to: score, coverage and grade."""

    _inherit = "vendor.quality.form"

    score = fields.Float(
        digits=(16, 2),
        readonly=True,
        copy=False,
        index=True,
        aggregator="avg",
        tracking=True,
        help="0 to 100, rounded once. Zero and not rated are different things.",
    )
    raw_score = fields.Float(
        string="Score Before Cap",
        digits=(16, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
    )
    gate_score = fields.Float(
        string="Score for the Threshold",
        digits=(16, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="The score with disputed lines at full points, until they are decided.",
    )
    is_rated = fields.Boolean(
        string="Rated",
        readonly=True,
        copy=False,
        help="False when too little of the weight could be measured.",
    )
    coverage = fields.Float(
        string="Coverage (%)",
        digits=(16, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Share of the weight that was measured.",
    )
    band_id = fields.Many2one(
        comodel_name="vendor.quality.template.band",
        string="Grade Band",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    gate_band_id = fields.Many2one(
        comodel_name="vendor.quality.template.band",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="The grade whose consequences hold while disputes are open.",
    )
    grade = fields.Char(readonly=True, copy=False, index=True, tracking=True)
    failed_critical = fields.Char(
        string="Critical Failures",
        readonly=True,
        copy=False,
        help="Codes of the critical metrics under their minimum.",
    )
