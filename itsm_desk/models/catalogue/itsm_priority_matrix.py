from odoo import api, fields, models

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
        """Return ``{(company id, impact, urgency): priority}`` in one query."""
        # sudo: portal requesters cannot read the matrix, whose result they see
        cells = self.sudo().search_fetch(
            [("company_id", "in", [False, *companies.ids])],
            ["company_id", "impact", "urgency", "priority"],
        )
        shared = {
            (cell.impact, cell.urgency): cell.priority
            for cell in cells
            if not cell.company_id
        }
        result = {
            (company.id, *key): priority
            for company in companies
            for key, priority in shared.items()
        }
        for cell in cells.filtered("company_id"):
            result[cell.company_id.id, cell.impact, cell.urgency] = cell.priority
        return result
