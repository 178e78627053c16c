from odoo import api, fields, models


class OutsourcingRequest(models.Model):
    """What became of a request: its tenders and contracts."""

    _inherit = "outsourcing.request"

    tender_ids = fields.Many2many(
        comodel_name="outsourcing.tender",
        relation="outsourcing_tender_request_rel",
        column1="request_id",
        column2="tender_id",
        string="Tenders",
        copy=False,
        readonly=True,
    )
    contract_ids = fields.Many2many(
        comodel_name="outsourcing.contract",
        compute="_compute_contract_ids",
        string="Contracts",
    )
    tender_count = fields.Integer(compute="_compute_chain_counts")
    contract_count = fields.Integer(compute="_compute_chain_counts")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("tender_ids")
    def _compute_contract_ids(self):
        contracts = self.env["outsourcing.contract"].search(
            [("tender_id", "in", self.tender_ids.ids)]
        )
        for request in self:
            request.contract_ids = contracts.filtered(
                lambda contract, tenders=request.tender_ids: (
                    contract.tender_id in tenders
                )
            )

    @api.depends("tender_ids", "contract_ids")
    def _compute_chain_counts(self):
        for request in self:
            request.tender_count = len(request.tender_ids)
            request.contract_count = len(request.contract_ids)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_create_tender(self):
        """Make the draft of one tender for these approved requests."""
        self._flow_check_can("create_tender")
        tender = self.env["outsourcing.tender"]._create_from_requests(self)
        return tender._get_form_action()

    def action_view_tenders(self):
        self.ensure_one()
        return self._get_chain_action("outsourcing_tender_action", self.tender_ids)

    def action_view_contracts(self):
        self.ensure_one()
        return self._get_chain_action("outsourcing_contract_action", self.contract_ids)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_chain_action(self, name, records):
        """Return the action of a smart button: the one record, or a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"outsourcing_mgmt.{name}"
        )
        if len(records) == 1:
            return {
                **action,
                "views": [(False, "form")],
                "view_mode": "form",
                "res_id": records.id,
            }
        return {**action, "domain": [("id", "in", records.ids)]}
