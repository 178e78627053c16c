from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class VendorQualityRecomputeWizard(models.TransientModel):
    """Asks the nightly job to count all open forms of some periods again.

    The job works at once in the background, in batches; what is left to do is on
    the list of evidence to recount. Approved forms keep their figures: when those
    of now differ, the form says so.
    """

    _name = "vendor.quality.recompute.wizard"
    _description = "Recompute Quality Forms"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        string="From", help="Empty: from the start of each contract."
    )
    date_to = fields.Date(string="To", help="Empty: up to now.")
    contract_ids = fields.Many2many(
        comodel_name="outsourcing.contract",
        string="Contracts",
        domain="[('vendor_quality_template_id', '!=', False),"
        " ('signed_date', '!=', False), ('company_id', '=', company_id)]",
        help="Empty: every contract with a quality template.",
    )
    with_missing = fields.Boolean(
        string="Create Missing Forms",
        default=True,
        help="Ended periods that have no form get one, since the start of the "
        "contract. A form that was cancelled is not made again.",
    )
    form_count = fields.Integer(
        string="Forms to Recalculate", compute="_compute_form_count"
    )
    waiting_count = fields.Integer(
        string="Contracts Still Waiting", compute="_compute_form_count"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("company_id", "date_from", "date_to", "contract_ids")
    def _compute_form_count(self):
        Recompute = self.env["vendor.quality.recompute"]
        for wizard in self:
            domain = [
                ("state", "=", "collected"),
                ("company_id", "=", wizard.company_id.id),
            ]
            if wizard.contract_ids:
                domain.append(("contract_id", "in", wizard.contract_ids.ids))
            if wizard.date_from:
                domain.append(("date_end", ">=", wizard.date_from))
            if wizard.date_to:
                domain.append(("date_start", "<=", wizard.date_to))
            wizard.form_count = self.env["vendor.quality.form"].search_count(domain)
            wizard.waiting_count = len(Recompute._read_group([], ["contract_id"]))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_recompute(self):
        """Put the periods on the list and start the job."""
        check_one(self)
        self.check_access("write")
        if self.date_from and self.date_to and self.date_to < self.date_from:
            raise UserError(self.env._("The last day lies before the first one."))
        contracts = self.contract_ids or self.env["outsourcing.contract"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("vendor_quality_template_id", "!=", False),
                ("signed_date", "!=", False),
            ]
        )
        contracts.check_access("read")
        self.env["vendor.quality.recompute"]._add(
            (
                (contract, self.date_from or contract.date_start, self.date_to)
                for contract in contracts.filtered("signed_date")
            ),
            with_missing=self.with_missing,
        )
        # sudo: managers may not read scheduled actions; the job is only started.
        self.env.ref("vendor_quality.ir_cron_recompute").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "%s contracts are recounted in the background.", len(contracts)
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
