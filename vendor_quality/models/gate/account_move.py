from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .outsourcing_contract import SETUP_STATES
from .vendor_quality_gate_facts import BILL_TYPES


class AccountMove(models.Model):
    """Vendor bills under the gate; other entries keep core's behaviour."""

    _inherit = "account.move"

    # Vendors read their bills by RPC; what the gate says is for employees.

    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Service Contract",
        compute="_compute_outsourcing_contract_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        copy=False,
        tracking=True,
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="Contract under which the billed service was done. Comes from the "
        "purchase order, or is the vendor's only contract with quality forms.",
        groups="base.group_user",
    )
    service_date_start = fields.Date(
        string="Service From",
        compute="_compute_service_dates",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
        help="First day of the billed service. By default the oldest quality form of "
        "the contract that is not billed in full.",
    )
    service_date_end = fields.Date(
        string="Service To",
        compute="_compute_service_dates",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
    )
    outsourcing_bill_kind = fields.Selection(
        selection=[
            ("service", "Service of a period"),
            ("advance", "Advance"),
            ("deposit", "Deposit"),
            ("outside", "Outside of the contracts"),
        ],
        string="Kind of Bill",
        default="service",
        copy=False,
        readonly=True,
        tracking=True,
        help="Anything but a service is decided by two persons: one requests it, "
        "quality finance approves it.",
    )
    vendor_quality_form_ids = fields.Many2many(
        comodel_name="vendor.quality.form",
        string="Quality Forms",
        compute="_compute_vendor_quality_forms",
        compute_sudo=True,
        groups="base.group_user",
    )
    vendor_quality_hold_ids = fields.One2many(
        comodel_name="vendor.quality.hold",
        inverse_name="move_id",
        groups="base.group_user",
    )
    vendor_quality_exception_ids = fields.One2many(
        comodel_name="vendor.quality.exception",
        inverse_name="move_id",
        groups="base.group_user",
    )
    vendor_quality_decision_ids = fields.One2many(
        comodel_name="vendor.quality.decision",
        inverse_name="move_id",
        groups="base.group_user",
    )
    vendor_quality_stage = fields.Selection(
        selection=[
            ("free", "Not governed"),
            ("post", "Waits to be posted"),
            ("payment", "Waits to be paid"),
            ("open", "May pass"),
        ],
        string="Quality Gate",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        groups="base.group_user",
    )
    vendor_quality_gate_reason = fields.Text(
        string="Blocked Because",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        groups="base.group_user",
    )
    vendor_quality_gate_unblock = fields.Text(
        string="Unblocks When",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        groups="base.group_user",
    )
    vendor_quality_gate_actor = fields.Char(
        string="Who Can Act",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        groups="base.group_user",
    )
    vendor_quality_payable = fields.Monetary(
        string="May Be Paid Now",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        help="Tax included, in all: what the quality forms and exceptions allow.",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "company_id", "move_type")
    def _compute_outsourcing_contract_id(self):
        """Propose the contract of the order, or the vendor's only one."""
        bills = self.filtered(
            lambda move: (
                move.move_type in BILL_TYPES
                and move.state == "draft"
                and move.partner_id
                and self.env["vendor.quality.gate"]._is_on(move.company_id)
            )
        )
        for move in self - bills:
            move.outsourcing_contract_id = move.outsourcing_contract_id
        if not bills:
            return
        by_vendor = self._vendor_quality_get_contracts(bills)
        for bill in bills:
            allowed = by_vendor.get(
                (bill.company_id.root_id, bill.commercial_partner_id),
                self.env["outsourcing.contract"],
            )
            ordered = bill.invoice_line_ids.purchase_order_id.outsourcing_contract_id
            found = (ordered & allowed) or allowed
            current = bill.outsourcing_contract_id
            if not current or current not in allowed:
                current = found if len(found) == 1 else False
            bill.outsourcing_contract_id = current

    @api.depends("outsourcing_contract_id")
    def _compute_service_dates(self):
        """Propose the period of the oldest form that is not billed in full."""
        bills = self.filtered("outsourcing_contract_id")
        forms = self.env["vendor.quality.form"]
        if bills:
            forms = forms.sudo().search(  # whoever enters bills may not read forms
                [
                    ("contract_id", "in", bills.outsourcing_contract_id.ids),
                    ("state", "not in", ("superseded", "cancelled")),
                ],
                order="date_start",
            )
        by_contract = forms.grouped("contract_id")
        for move in self:
            start = end = False
            if move.move_type in BILL_TYPES:
                start, end = move._vendor_quality_get_line_dates()
            if not start and move in bills and not move.service_date_start:
                contract = move.outsourcing_contract_id
                form = by_contract.get(contract, forms.browse()).filtered(
                    lambda item: item.billed_amount < item.fee_amount or not item.score
                )[:1]
                start, end = form.date_start, form.date_end
            move.service_date_start = move.service_date_start or start
            move.service_date_end = move.service_date_end or end

    @api.depends("state", "service_date_start", "service_date_end")
    def _compute_vendor_quality_forms(self):
        found = dict(
            self.env["vendor.quality.decision"]._read_group(
                [
                    ("move_id", "in", self.ids),
                    ("is_current", "=", True),
                    ("form_id", "!=", False),
                ],
                ["move_id"],
                ["form_id:recordset"],
            )
        )
        Form = self.env["vendor.quality.form"]
        waiting = self.filtered(
            lambda move: (
                move.outsourcing_contract_id
                and move.service_date_start
                and move.service_date_end
            )
        )
        forms = Form
        if waiting:
            forms = Form.search(
                [
                    ("contract_id", "in", waiting.outsourcing_contract_id.ids),
                    ("date_end", ">=", min(waiting.mapped("service_date_start"))),
                    ("date_start", "<=", max(waiting.mapped("service_date_end"))),
                    ("state", "not in", ("superseded", "cancelled")),
                ]
            )
        for move in self:
            covering = forms.browse()
            if move in waiting:
                covering = forms.filtered(
                    lambda form, move=move: (
                        form.contract_id == move.outsourcing_contract_id
                        and form.date_start <= move.service_date_end
                        and form.date_end >= move.service_date_start
                    )
                )
            move.vendor_quality_form_ids = found.get(move, covering)

    @api.depends(
        "state",
        "partner_id",
        "outsourcing_contract_id",
        "service_date_start",
        "service_date_end",
        "amount_residual",
    )
    def _compute_vendor_quality_gate(self):
        """Say why the bill waits, when it goes on and who can act."""
        Gate = self.env["vendor.quality.gate"]
        stored = self._origin.filtered(
            lambda move: move.move_type in (*BILL_TYPES, "entry")
        )
        verdicts = Gate._judge(stored) if stored else {}
        for move in self:
            stage, verdict, item = verdicts.get(move._origin, (None, None, None))
            text = {"because": False, "unblock": False, "who": False}
            if (
                verdict
                and verdict.is_blocked
                and move.payment_state
                not in (
                    "paid",
                    "reversed",
                )
            ):
                text = Gate._get_text(move, verdict)
            move.vendor_quality_gate_reason = text["because"]
            move.vendor_quality_gate_unblock = text["unblock"]
            move.vendor_quality_gate_actor = text["who"]
            if not verdict:
                move.vendor_quality_stage = "free"
            else:
                move.vendor_quality_stage = stage if text["because"] else "open"
            payable = 0.0
            if item and move.state == "posted":
                payable = item["paid"] + max(Gate._get_room(item, item["contracts"]), 0)
            move.vendor_quality_payable = payable

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("outsourcing_contract_id", "company_id")
    def _check_outsourcing_contract_company(self):
        """A company and its branches share their contracts."""
        for move in self.filtered("outsourcing_contract_id").sudo():
            contract = move.outsourcing_contract_id
            if contract.company_id.root_id != move.company_id.root_id:
                raise ValidationError(
                    self.env._(
                        "%(contract)s belongs to %(company)s. Choose a contract of the "
                        "company of the bill or of one of its branches.",
                        contract=contract.display_name,
                        company=contract.company_id.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_vendor_quality_request_exception(self):
        """Open a new request to let the bill through or to decide its kind."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request an Exception"),
            "res_model": "vendor.quality.exception",
            "view_mode": "form",
            "context": {"default_move_id": self.id},
        }

    def action_view_vendor_quality_forms(self):
        """Open the quality forms that cover the bill."""
        self.ensure_one()
        return self.vendor_quality_form_ids._get_records_action(
            name=self.env._("Quality Forms")
        )

    def action_view_vendor_quality_exceptions(self):
        """Open the exceptions asked for the bill."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exceptions"),
            "res_model": "vendor.quality.exception",
            "view_mode": "list,form",
            "domain": [("move_id", "=", self.id)],
            "context": {"default_move_id": self.id},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _vendor_quality_get_contracts(self, bills):
        """Return ``{(root company, vendor): contracts with quality forms}``."""
        contracts = (
            self.env["outsourcing.contract"]
            .sudo()  # whoever enters bills may not read contracts
            .search(
                [
                    ("commercial_partner_id", "in", bills.commercial_partner_id.ids),
                    ("vendor_quality_template_id", "!=", False),
                    ("state", "not in", SETUP_STATES),
                ]
            )
        )
        found = {}
        for contract in contracts:
            key = (contract.company_id.root_id, contract.commercial_partner_id)
            found[key] = found.get(key, contract.browse()) | contract
        return {key: value.sudo(False) for key, value in found.items()}

    def _vendor_quality_get_line_dates(self):
        """Return the period that the lines tell, where an add-on has such fields."""
        if "deferred_start_date" not in self.env["account.move.line"]._fields:
            return False, False
        lines = self.invoice_line_ids
        starts = [day for day in lines.mapped("deferred_start_date") if day]
        ends = [day for day in lines.mapped("deferred_end_date") if day]
        if not starts or not ends:
            return False, False
        return min(starts), max(ends)
