from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.outsourcing_mgmt.models.outsourcing_flow_mixin import FLOW_KEY


class VendorQualityStanding(models.Model):
    """The standing of a vendor in one contract, from its last approved form.

    One row per contract, kept by the server; nobody writes it.
    """

    _name = "vendor.quality.standing"
    _description = "Vendor Standing"
    _order = "company_id, score, id"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, index=True
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Last Approved Form",
        readonly=True,
        index="btree_not_null",
    )
    date_end = fields.Date(string="Period To", readonly=True, index=True)
    is_rated = fields.Boolean(string="Rated", readonly=True)
    score = fields.Float(digits=(16, 2), readonly=True, index=True, aggregator="avg")
    grade = fields.Char(readonly=True, index=True)
    blocks_invitation = fields.Boolean(string="No Invitations", readonly=True)
    blocks_order = fields.Boolean(string="No Orders", readonly=True)
    blocks_posting = fields.Boolean(string="No Posting", readonly=True)
    blocks_payment = fields.Boolean(string="No Payment", readonly=True)

    _contract_unique = models.UniqueIndex(
        "(contract_id)", "A contract has one standing."
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_server()
        return super().create(vals_list)

    def write(self, vals):
        self._check_server()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_server(self):
        self._check_server()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _update(self, contracts):
        """Derive the rows of ``contracts`` anew from their approved forms."""
        # The standing follows from approved forms, whoever approved the last one.
        Standing = self.sudo().with_context(outsourcing_flow_key=FLOW_KEY)
        forms = (
            self.env["vendor.quality.form"]
            .sudo()
            .search(
                [("contract_id", "in", contracts.ids), ("state", "=", "approved")],
                order="date_end, id",
            )
        )
        last = {form.contract_id: form for form in forms}
        rows = {
            row.contract_id: row
            for row in Standing.search([("contract_id", "in", contracts.ids)])
        }
        new = []
        for contract in contracts.sudo():
            form, row = last.get(contract), rows.get(contract)
            if form and row:
                row.write(self._prepare_values(form))
            elif form:
                new.append(self._prepare_values(form))
            elif row:
                row.unlink()
        return Standing.create(new)

    @api.model
    def _prepare_values(self, form):
        band = form.gate_band_id
        return {
            "contract_id": form.contract_id.id,
            "company_id": form.company_id.id,
            "form_id": form.id,
            "date_end": form.date_end,
            "is_rated": form.is_rated,
            "score": form.score,
            "grade": form.grade,
            "blocks_invitation": band.blocks_invitation,
            "blocks_order": band.blocks_order,
            "blocks_posting": band.blocks_posting,
            "blocks_payment": band.blocks_payment,
        }

    def _check_server(self):
        if self.env.context.get("outsourcing_flow_key") is not FLOW_KEY:
            raise AccessError(
                self.env._(
                    "The standing of a vendor follows from approved quality forms and "
                    "is not written."
                )
            )
