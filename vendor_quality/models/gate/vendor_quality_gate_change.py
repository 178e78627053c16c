from odoo import api, fields, models
from odoo.tools import format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..base.res_company import (
    TOLERANCE_DIGITS,
    set_gate_from,
    set_standing_months,
    set_tax_tolerance,
)
from ..base.vendor_quality_permit_mixin import FINANCE, MANAGER
from ..identity.vendor_quality_identity import record_decision
from .outsourcing_contract import settle_contract


class VendorQualityGateChange(models.Model):
    """A request to weaken the gate, or what follows from it.

    It is requested by a quality manager or an accountant and approved by quality
    finance, never by the same person; the approval sets the day, the months or the
    difference of a tax on the company, settles the contract, or notes whether two
    vendors are one, and stays as the log.
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
    _flow_system_fields = frozenset(
        {"day_before", "months_before", "pair_matches", "tolerance_before"}
    )
    _flow_content_fields = frozenset(
        {
            "answer",
            "company_id",
            "contract_id",
            "expiry_date",
            "gate_from",
            "kind",
            "partner_id",
            "reason",
            "standing_months",
            "tax_tolerance",
            "vendor_id",
        }
    )

    kind = fields.Selection(
        selection=[
            ("gate", "First day of bill control"),
            ("settle", "Contract is settled"),
            ("standing", "Months a standing counts"),
            ("pair", "Are two vendors one?"),
            ("tolerance", "Difference of a tax"),
        ],
        default="gate",
        required=True,
        tracking=True,
        help="What is changed. Each change loosens or moves bill control, so two "
        "persons decide.",
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

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor of the Bills",
        index="btree_not_null",
        tracking=True,
        help="The vendor to whom the bills are due.",
    )
    vendor_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor of the Contract",
        index="btree_not_null",
        tracking=True,
        help="The vendor with whom the contract was made.",
    )
    answer = fields.Selection(
        selection=[("same", "One vendor"), ("other", "Two vendors")],
        tracking=True,
        help="One vendor: bills count against the forms of the contract. Two vendors: "
        "what they have in common today no longer puts bills under control.",
    )
    pair_text = fields.Text(
        string="In Common",
        compute="_compute_pair_text",
        help="What the two vendors share today.",
    )
    pair_matches = fields.Json(readonly=True, copy=False)
    tax_tolerance = fields.Float(
        string="New Tax Difference",
        digits=(16, TOLERANCE_DIGITS),
        tracking=True,
        aggregator=None,
        help="By how much each tax on a bill may differ from what its lines give. A "
        "smaller difference needs no request: it is set in the settings.",
    )
    tolerance_now = fields.Float(
        related="company_id.vendor_quality_tax_tolerance", string="Tax Difference Now"
    )
    tolerance_before = fields.Float(
        string="Tax Difference Before",
        digits=(16, TOLERANCE_DIGITS),
        readonly=True,
        copy=False,
        aggregator=None,
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
    _open_pair_idx = models.Index(
        "(partner_id, vendor_id) WHERE state = 'submitted' AND kind = 'pair'"
    )
    _open_tolerance_unique = models.UniqueIndex(
        "(company_id) WHERE state = 'submitted' AND kind = 'tolerance'",
        "Another change of the tax difference waits for approval.",
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

    @api.depends("kind", "partner_id", "vendor_id")
    def _compute_pair_text(self):
        # sudo: grounds are named to whoever may read the request.
        field = self.env["vendor.quality.identity"].sudo()._fields["kind"]
        labels = dict(field._description_selection(self.env))
        for change in self:
            rows = change.pair_matches or change._get_pair_matches()
            change.pair_text = "\n".join(
                sorted({f"{labels[row[1]]} {row[2] or ''}".strip() for row in rows})
            )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        for change in self.filtered(lambda item: item.kind == "pair"):
            server_write(change, {"pair_matches": change._get_pair_matches()})
        super()._on_enter_submitted(origins)

    def _on_enter_approved(self, origins):
        super()._on_enter_approved(origins)
        for change in self:
            _apply(change)

    def _dual_get_submit_reason(self):
        if self.kind == "standing" and self.standing_months < 1:
            return self.env._("say for how many months, at least one.")
        if self.kind == "tolerance" and self.tax_tolerance < 0:
            return self.env._("say by how much a tax may differ, zero or more.")
        if self.kind == "settle":
            # sudo: accountants may not read contracts; the answer is one sentence.
            return self.sudo().contract_id._vendor_quality_get_unsettled()
        if self.kind == "pair":
            return self._get_pair_reason()
        return super()._dual_get_submit_reason()

    def _dual_get_approve_reason(self):
        return self._dual_get_submit_reason() or super()._dual_get_approve_reason()

    def _get_pair_reason(self):
        """Say why the two vendors are not compared, or nothing."""
        self.ensure_one()
        if not self.partner_id or not self.vendor_id or not self.answer:
            return self.env._("name both vendors, and say whether they are one.")
        if not self._get_pair_matches():
            return self.env._(
                "%(partner)s has no number, bank account, contact or name in common "
                "with %(vendor)s, or is its contact now; there is nothing to decide.",
                partner=self.partner_id.display_name,
                vendor=self.vendor_id.display_name,
            )
        twin = self.search(
            [
                ("kind", "=", "pair"),
                ("state", "=", "submitted"),
                ("partner_id", "=", self.partner_id.id),
                ("vendor_id", "=", self.vendor_id.id),
                ("id", "!=", self._origin.id),
            ],
            limit=1,
        )
        if twin:
            return self.env._("another request about both waits for approval.")
        return ""

    def _get_pair_matches(self):
        """Return ``[id of the contract's vendor, ground, key]`` of what both share."""
        self.ensure_one()
        partner = self.partner_id.commercial_partner_id
        if not partner or not self.vendor_id or self.kind != "pair":
            return []
        vendor = self.vendor_id.commercial_partner_id
        reader = self.env["vendor.quality.gate.reader"]
        # sudo: the grounds are read from contacts that may be hidden.
        rows = reader.sudo()._get_matches(partner._origin)
        return [
            [row["known_id"], row["ground"], row["key"]]
            for row in rows
            if row["vendor_id"] == vendor.id
        ]

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _dual_get_summary(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        # sudo: the names of contract and vendors stand on the request.
        change = self.sudo()
        if change.kind == "pair":
            names = (change.partner_id | change.vendor_id).mapped("display_name")
            return f"{kinds[self.kind]} {format_list(self.env, names)}"
        about = change.contract_id or change.company_id
        return f"{kinds[self.kind]}: {about.display_name}"


def _apply(change):
    """Set what was asked for on the company, the contract or the vendors."""
    if change.kind == "pair":
        record_decision(change, change.pair_matches)
        # sudo: holds are kept by the gate alone, and the decider need not read them.
        holds = change.env["vendor.quality.hold"].sudo()
        held = holds.search(
            [
                ("company_id", "child_of", change.company_id.root_id.ids),
                ("state", "=", "active"),
                ("stage", "in", ("post", "payment")),
                ("partner_id", "child_of", change.partner_id.ids),
            ]
        )
        if held:
            change.env["vendor.quality.gate"]._refresh(held.move_id)
        return
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
    if change.kind == "tolerance":
        server_write(change, {"tolerance_before": company.vendor_quality_tax_tolerance})
        set_tax_tolerance(company, change.tax_tolerance)
        return
    server_write(change, {"day_before": company.vendor_quality_gate_from})
    set_gate_from(company, change.gate_from)
