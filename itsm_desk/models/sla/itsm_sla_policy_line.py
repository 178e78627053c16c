from odoo import api, fields, models

KINDS = [("response", "Response"), ("resolution", "Resolution")]


class ItsmSlaPolicyLine(models.Model):
    """One target of a policy: how much working time until the answer or the end."""

    _name = "itsm.sla.policy.line"
    _description = "Service Level Target"
    _order = "policy_id, kind desc, id"

    policy_id = fields.Many2one(
        comodel_name="itsm.sla.policy",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    kind = fields.Selection(
        selection=KINDS,
        string="Clock",
        required=True,
        help="Response: until a technician answers the requester. "
        "Resolution: until the ticket is solved.",
    )
    target_hours = fields.Float(
        string="Target",
        required=True,
        aggregator=None,
        help="In hours and minutes of working time.",
    )
    warn_percent = fields.Integer(
        string="Warn at (%)",
        default=75,
        aggregator=None,
        help="The owner is warned when this share of the target is used up. "
        "Zero: no warning.",
    )

    _kind_uniq = models.UniqueIndex(
        "(policy_id, kind)",
        "A policy has one target for the response and one for the resolution.",
    )
    _target_positive = models.Constraint(
        "CHECK (target_hours >= 0)",
        "A target cannot be negative.",
    )
    _warn_percent_range = models.Constraint(
        "CHECK (warn_percent BETWEEN 0 AND 99)",
        "Warn before the target is used up: from 0 (never) to 99 percent.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("policy_id", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            line.display_name = f"{line.policy_id.name}: {labels.get(line.kind, '')}"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
