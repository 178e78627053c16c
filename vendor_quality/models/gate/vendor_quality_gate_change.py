from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import (
    check_entering,
)

from ..base.res_company import set_gate_from, set_standing_months
from .outsourcing_contract import settle_contract


class VendorQualityGateChange(models.Model):
    """A request to weaken the gate, or what follows from it.

    draft -> submitted -> approved, or refused. It is requested by a quality
    manager or an accountant and approved by quality finance, never by the same
    person; the approval sets the day or the months on the company, or settles
    the contract, and stays as the log.
    """

    _name = "vendor.quality.gate.change"
    _description = "Change to Bill Control"
    _inherit = ["vendor.quality.request.mixin"]
    _order = "id desc"
    _rec_name = "company_id"
    _check_company_auto = True

    _cancel_state = "refused"

    _flow_transitions = {
        "draft": {"submitted", "refused"},
        "submitted": {"approved", "refused"},
        "approved": set(),
        "refused": set(),
    }
    _flow_verbs = {"submitted": "submit", "approved": "approve", "refused": "refuse"}
    _flow_required = {
        "submitted": ("kind", "reason"),
        "refused": ("refuse_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "approved_at",
            "approved_by_id",
            "day_before",
            "months_before",
            "refuse_reason",
            "requester_id",
        }
    )
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_id",
            "gate_from",
            "kind",
            "reason",
            "standing_months",
        }
    )

    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
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

    def _on_enter_submitted(self, origins):
        self.request_validation()

    def _on_enter_approved(self, origins):
        super()._on_enter_approved(origins)
        check_entering(self, "approved")
        for change in self:
            _apply(change)

    def _get_cannot_submit_reason(self):
        reasons = {
            change.id: self.env._("say for how many months, at least one.")
            for change in self
            if change.kind == "standing" and change.standing_months < 1
        }
        for change in self.filtered(lambda item: item.kind == "settle"):
            # sudo: accountants may not read contracts; the answer is one sentence.
            if reason := change.sudo().contract_id._vendor_quality_get_unsettled():
                reasons[change.id] = reason
        return reasons

    def _get_cannot_approve_reason(self):
        reasons = self._get_cannot_submit_reason()
        for change in self:
            if not change._flow_user_in(
                "vendor_quality.group_quality_finance", change._tier_manager_group
            ):
                reasons[change.id] = self.env._("only quality finance approves it.")
            elif self.env.user in change._tier_get_excluded_users():
                reasons[change.id] = self.env._(
                    "you requested it, so somebody else of quality finance must "
                    "approve it."
                )
        return reasons

    def _get_cannot_refuse_reason(self):
        return {
            change.id: self.env._("only its requester or quality finance stops it.")
            for change in self
            if change.requester_id != self.env.user
            and not change._flow_user_in("vendor_quality.group_quality_finance")
        }


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
