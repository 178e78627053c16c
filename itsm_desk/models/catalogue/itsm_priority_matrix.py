from odoo import api, fields, models
from odoo.tools import ormcache

from ..base.selections import IMPACTS, PRIORITIES, URGENCIES


class ItsmPriorityMatrix(models.Model):
    """One cell of the matrix: impact and urgency give the priority.

    A cell of the company goes before the shared one. A change concerns tickets
    that are filed, or whose impact or urgency is changed, after it.
    """

    _name = "itsm.priority.matrix"
    _description = "Priority Matrix"
    _order = "impact desc, urgency desc, id"

    impact = fields.Selection(selection=IMPACTS, required=True)
    urgency = fields.Selection(selection=URGENCIES, required=True)
    priority = fields.Selection(selection=PRIORITIES, required=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty for a cell that holds in all companies.",
    )

    _cell_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), impact, urgency)",
        "The matrix already has a cell for this impact and urgency. Change that one.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        cells = super().create(vals_list)
        self.env.registry.clear_cache()
        return cells

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("impact", "urgency", "priority")
    def _compute_display_name(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("impact", "urgency", "priority")
        }
        for cell in self:
            cell.display_name = self.env._(
                "%(impact)s x %(urgency)s = %(priority)s",
                impact=labels["impact"].get(cell.impact, ""),
                urgency=labels["urgency"].get(cell.urgency, ""),
                priority=labels["priority"].get(cell.priority, ""),
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_priorities(self, companies):
        """Return ``{(company id, impact, urgency): priority}``."""
        return {
            (company.id, *weights): priority
            for company in companies
            for weights, priority in self._get_company_priorities(company.id).items()
        }

    @api.model
    @ormcache("company_id")
    def _get_company_priorities(self, company_id):
        """Return ``{(impact, urgency): priority}``, not to be changed."""
        # sudo: portal requesters cannot read the matrix, whose result they see
        cells = self.sudo().search([("company_id", "in", [False, company_id])])
        # the cells of the company overrule the shared ones
        return {
            (cell.impact, cell.urgency): cell.priority
            for cell in cells.sorted(lambda cell: cell.company_id.id)
        }
