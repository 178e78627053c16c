from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion


class VendorQualityInspectionLine(models.Model):
    """One item of the checklist of a round, with its result and photo."""

    _name = "vendor.quality.inspection.line"
    _description = "Checklist Item of an Inspection"
    _inherit = ["outsourcing.flow.line.mixin", "vendor.quality.counted.mixin"]
    _order = "inspection_id, sequence, id"

    _flow_parent = "inspection_id"
    _flow_parent_lines = "line_ids"
    _quality_columns = frozenset({"inspection_id", "result"})

    inspection_id = fields.Many2one(
        comodel_name="vendor.quality.inspection",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="inspection_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="What Is Checked", required=True)
    result = fields.Selection(
        selection=[
            ("pass", "Passed"),
            ("fail", "Failed"),
            ("na", "Not applicable"),
        ],
        copy=False,
        index=True,
    )
    note = fields.Char(string="Remark", copy=False)
    photo_required = fields.Boolean()
    is_planned = fields.Boolean(
        readonly=True,
        copy=False,
        help="Comes from the plan's checklist and is neither removed nor reworded.",
    )
    photo = fields.Image(attachment=True, max_width=1920, max_height=1920, copy=False)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_server = self.browse()._flow_is_system()
        if any("is_planned" in vals for vals in vals_list):
            self.browse()._check_server()
        lines = super().create(vals_list)
        # Asked afterwards too: the mark may come from a default of the caller.
        if not is_server and any(lines.mapped("is_planned")):
            lines._check_server()
        return lines

    def write(self, vals):
        fixed = {"name", "photo_required", "inspection_id"}
        if "is_planned" in vals or (
            fixed.intersection(vals) and any(self.mapped("is_planned"))
        ):
            self._check_server()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_planned(self):
        if any(self.mapped("is_planned")):
            self._check_server()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_pass(self):
        """Mark the items as passed."""
        return self.write({"result": "pass"})

    def action_fail(self):
        """Mark the items as failed."""
        return self.write({"result": "fail"})

    def action_not_applicable(self):
        """Mark the items as not applicable."""
        return self.write({"result": "na"})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_quality_days(self):
        """An item counts on the day of its round, once the round is done."""
        for inspection in self.inspection_id:
            if inspection.state in ("done", "verified"):
                yield inspection.contract_id, inspection.date_due, inspection.date_due

    def _check_server(self):
        if not self._flow_is_system():
            raise AccessError(
                self.env._(
                    "This item comes from the inspection plan. Answer it, or mark it "
                    "as not applicable; a quality officer changes the plan."
                )
            )
