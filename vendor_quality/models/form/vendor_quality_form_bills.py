from odoo import api, fields, models


class VendorQualityForm(models.Model):
    """Counts what posted bills take from the form and what of it was paid."""

    _inherit = "vendor.quality.form"

    billed_amount = fields.Monetary(
        string="Billed",
        readonly=True,
        copy=False,
        help="Untaxed amount of the posted bills, as of the last one posted.",
    )
    paid_amount = fields.Monetary(
        string="Paid",
        readonly=True,
        copy=False,
        help="Untaxed amount paid on the bills, as of the last payment.",
    )
    bill_ids = fields.Many2many(
        comodel_name="account.move",
        string="Bills",
        compute="_compute_bill_ids",
        compute_sudo=True,
    )
    bill_count = fields.Integer(compute="_compute_bill_ids", compute_sudo=True)

    def _compute_bill_ids(self):
        found = dict(
            self.env["vendor.quality.decision"]._read_group(
                [("form_id", "in", self.ids), ("is_current", "=", True)],
                ["form_id"],
                ["move_id:recordset"],
            )
        )
        for form in self:
            form.bill_ids = found.get(form, self.env["account.move"])
            form.bill_count = len(form.bill_ids)

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"billed_amount", "paid_amount"}

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target in ("review", "approved", "superseded", "cancelled"):
            self._refresh_held_bills()
        return result

    def _refresh_held_bills(self):
        """Judge again the bills that wait for, or rely on, the forms."""
        holds = (
            self.env["vendor.quality.hold"]
            .sudo()  # who approves the form may not read the bills
            .search(
                [
                    ("contract_id", "in", self.contract_id.ids),
                    ("state", "=", "active"),
                    ("stage", "in", ("post", "payment")),
                ]
            )
        )
        bills = holds.move_id | self.sudo().bill_ids
        if bills:
            self.env["vendor.quality.gate"].sudo()._refresh(bills)

    def action_view_bills(self):
        """Open the bills that take from the fee of the form."""
        self.ensure_one()
        return self.bill_ids._get_records_action(name=self.env._("Bills"))
