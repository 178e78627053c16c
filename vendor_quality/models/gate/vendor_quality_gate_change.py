from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..base.res_company import set_gate_from, set_standing_months
from ..base.vendor_quality_permit_mixin import FINANCE, MANAGER
from .outsourcing_contract import settle_contract


class VendorQualityGateChange(models.Model):
    """A request to weaken the gate, or what follows from it.

    It is requested by a quality manager or an accountant and approved by quality
    finance, never by the same person; the approval sets the day or the months on
    the company, or settles the contract, and stays as the log.
    """

    _name = "vendor.quality.gate.change"
    _description = "Change to Bill Control"
    _inherit = ["outsourcing.dual.request.mixin"]
    _rec_name = "company_id"

    _tier_manager_group = MANAGER
    _dual_groups = (FINANCE,)
    _flow_required = {
        "submitted": ("kind", "reason", "expiry_date"),
        "refused": ("refuse_reason",),
    }
    _flow_system_fields = frozenset({"day_before", "months_before"})
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_id",
            "expiry_date",
            "gate_from",
            "kind",
            "reason",
            "standing_months",
        }
    )

    kind = fields.Selection(
        selection=[
            ("gate", "First day of bill control"),
            ("settle", "Contract is settled"),
            ("standing", "Months a standing counts"),
        ],
        default="gate",
        required=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Bills after the end of a settled contract need no quality form.",
    )
    gate_from = fields.Date(
        string="New First Day",
        tracking=True,
        help="Bills before this day pass without a form. Empty: bill control ends.",
    )
    day_before = fields.Date(string="First Day Before", readonly=True, copy=False)
    standing_months = fields.Integer(
        string="New Months",
        tracking=True,
        aggregator=None,
        help="How long the grade of an ended contract blocks the vendor. More months "
        "need no request: they are set in the settings.",
    )
    months_now = fields.Integer(
        related="company_id.vendor_quality_standing_months", string="Months Now"
    )
    months_before = fields.Integer(
        string="Months Before", readonly=True, copy=False, aggregator=None
    )

    _open_unique = models.UniqueIndex(
        "(company_id) WHERE state = 'submitted' AND kind = 'gate'",
        "Another change to bill control waits for approval.",
    )
    _open_contract_unique = models.UniqueIndex(
        "(contract_id) WHERE state = 'submitted' AND kind = 'settle'",
        "Another request to settle the contract waits for approval.",
    )
    _open_standing_unique = models.UniqueIndex(
        "(company_id) WHERE state = 'submitted' AND kind = 'standing'",
        "Another change of the months waits for approval.",
    )
    _contract_named = models.Constraint(
        "CHECK ((kind = 'settle') = (contract_id IS NOT NULL))",
        "Name the contract that is settled, and only then.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("contract_id")
    def _compute_company_id(self):
        for change in self:
            change.company_id = (
                # sudo: accountants may not read contracts; only the company is read.
                change.contract_id.sudo().company_id
                or change.company_id
                or self.env.company
            )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _on_enter_approved(self, origins):
        super()._on_enter_approved(origins)
        for change in self:
            _apply(change)

    def _dual_get_submit_reason(self):
        if self.kind == "standing" and self.standing_months < 1:
            return self.env._("say for how many months, at least one.")
        if self.kind == "settle":
            # sudo: accountants may not read contracts; the answer is one sentence.
            return self.sudo().contract_id._vendor_quality_get_unsettled()
        return super()._dual_get_submit_reason()

    def _dual_get_approve_reason(self):
        return self._dual_get_submit_reason() or super()._dual_get_approve_reason()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _dual_get_summary(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        # sudo: the name of the contract stands on the request.
        about = self.sudo().contract_id or self.company_id
        return f"{kinds[self.kind]}: {about.display_name}"


def _apply(change):
    """Set the day or the months on the company, or settle the contract."""
    if change.kind == "settle":
        # sudo: quality finance settles contracts and may not write them.
        settle_contract(change.sudo().contract_id, change.approved_at)
        return
    # sudo: quality finance decides the setting and is no administrator.
    company = change.sudo().company_id
    if change.kind == "standing":
        server_write(change, {"months_before": company.vendor_quality_standing_months})
        set_standing_months(company, change.standing_months)
        return
    server_write(change, {"day_before": company.vendor_quality_gate_from})
    set_gate_from(company, change.gate_from)
