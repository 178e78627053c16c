from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ..models.gate.outsourcing_contract import SETUP_STATES
from ..models.gate.vendor_quality_gate_reader import BILL_TYPES


class VendorQualityGoLive(models.TransientModel):
    """Shows what the gate will hold, before it starts, and starts it.

    Lists the open bills of vendors under a contract with quality forms. Bills
    entered before the first day and dated before it pass as before; the others
    need a form, or a decision that can be requested here for many at once.
    """

    _name = "vendor.quality.go.live"
    _description = "Start Bill Control"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    gate_from = fields.Date(
        string="First Day",
        required=True,
        default=lambda self: (
            self.env.company.vendor_quality_gate_from
            or self.env.company._outsourcing_today()
        ),
    )
    is_on = fields.Boolean(compute="_compute_is_on")
    bill_count = fields.Integer(compute="_compute_bill_count")
    move_ids = fields.Many2many(
        comodel_name="account.move",
        string="Open Bills",
        compute="_compute_move_ids",
        store=True,
        readonly=False,
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Remove from the list what needs no decision.",
    )
    purpose = fields.Selection(
        selection=[
            ("exception", "Let the bills through once"),
            ("outside", "They are outside of the contracts"),
        ],
        default="exception",
        required=True,
    )
    reason = fields.Text()

    @api.depends("company_id")
    def _compute_is_on(self):
        for wizard in self:
            wizard.is_on = bool(wizard.company_id._get_vendor_quality_gate_from())

    @api.depends("company_id", "gate_from")
    def _compute_move_ids(self):
        for wizard in self:
            wizard.move_ids = wizard._get_open_bills()

    @api.depends("move_ids")
    def _compute_bill_count(self):
        for wizard in self:
            # sudo: quality finance without accounting reads how many, not which.
            wizard.bill_count = len(wizard.sudo().move_ids)

    @api.constrains("company_id")
    def _check_company_id(self):
        foreign = self.company_id - self.env.companies
        if foreign:
            # sudo: only to name companies that the user may not read
            names = format_list(self.env, foreign.sudo().mapped("name"))
            raise AccessError(self.env._("%s: not in your companies.", names))

    def _get_open_bills(self):
        if self.company_id.id not in self.env.user._get_company_ids():
            return self.env["account.move"]  # a form counts before it is checked
        contracts = (
            self.env["outsourcing.contract"]
            .sudo()  # sudo: accounting may not read contracts
            .search(
                [
                    ("vendor_quality_template_id", "!=", False),
                    ("company_id", "child_of", self.company_id.root_id.id),
                    ("state", "not in", SETUP_STATES),
                ]
            )
        )
        return self.env["account.move"].search(
            [
                ("move_type", "in", BILL_TYPES),
                ("company_id", "=", self.company_id.id),
                ("commercial_partner_id", "in", contracts.commercial_partner_id.ids),
                "|",
                ("state", "=", "draft"),
                "&",
                ("state", "=", "posted"),
                ("payment_state", "not in", ("paid", "reversed")),
            ]
        )

    def action_start(self):
        """Set the first day of the gate on the company."""
        check_one(self)
        if not self.env.user.has_group("vendor_quality.group_quality_finance"):
            raise UserError(
                self.env._("Quality finance starts bill control in a company.")
            )
        self.company_id.check_access("read")
        # sudo: quality finance need not be a Settings administrator; the company itself
        # refuses whatever would weaken the gate.
        self.company_id.sudo().vendor_quality_gate_from = self.gate_from
        # sudo: who starts the gate need not read bills; the gate judges them all.
        self.env["vendor.quality.gate"].sudo()._refresh(self.sudo().move_ids)
        return {"type": "ir.actions.act_window_close"}

    def action_request(self):
        """Request a decision for each bill in the list that the gate holds."""
        check_one(self)
        if not self.reason:
            raise UserError(self.env._("Write the reason for the request."))
        blocked = self.move_ids.filtered("vendor_quality_gate_reason")
        requests = self.env["vendor.quality.exception"]._request_for(
            blocked, self.purpose, self.reason
        )
        return requests._get_records_action(name=self.env._("Requests"))
