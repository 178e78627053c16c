from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import (
    get_granted_names,
    server_write,
    spend,
)
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ...tools import gate
from ...tools.computing import computing
from .outsourcing_contract import SETUP_STATES
from .vendor_quality_gate_reader import BILL_TYPES
from .vendor_quality_hold import update_holds

DECIDED_ON = frozenset(
    {
        "commercial_partner_id",
        "company_id",
        "currency_id",
        "date",
        "fiscal_position_id",
        "invoice_date",
        "invoice_line_ids",
        "line_ids",
        "move_type",
        "outsourcing_bill_kind",
        "outsourcing_contract_id",
        "partner_bank_id",
        "partner_id",
        "service_date_end",
        "service_date_start",
        "tax_totals",
    }
)
"""What a decision to post looks at; a posted bill is judged again on a change."""

LEDGER_COMPUTES = (
    "_compute_amount",
    "_compute_payment_state",
    "_compute_status_in_payment",
)
"""Core's computations of amounts and payment status from the ledger."""

OPEN_PAYMENT_STATES = ("not_paid", "blocked")

BOUND = frozenset(
    {"currency_id", "invoice_currency_rate", "move_type", "partner_id"}
    | {"reversed_entry_id"}
)
"""What ties a credit note to the bill it was made for."""

PLACE = frozenset({"company_id", "journal_id"})
"""What says in which company an entry is booked."""

AUTHORS = "vendor_quality_author_uids"
"""Who wrote what a decision looks at; see ``account_move_author``."""

GUARDED = BOUND | {AUTHORS, "outsourcing_bill_kind", "vendor_quality_deduction_form_id"}
"""What only the server sets, on some bills."""


def set_bill_kind(bill, kind):
    """Set the kind of a bill that two persons decided.

    :param bill: account.move
    :param str kind: a value of ``outsourcing_bill_kind``
    """
    server_write(bill, {"outsourcing_bill_kind": kind})


class AccountMove(models.Model):
    """Vendor bills under the gate; other entries keep core's behaviour.

    Every route that posts, changes or pays a bill ends in ``create`` or ``write``
    here, or on its lines and reconciliations, and asks ``vendor.quality.gate``.
    A credit note that takes the deductions of a quality form off a bill is an
    ordinary one with a link that only the server sets. It never takes off more
    than the form deducts, and the deductions follow it: applied when it is
    posted, to apply again when it is reset or cancelled.

    ======================  ==================  ================================
    field                   written by          restriction
    ======================  ==================  ================================
    contract, period        accounting          judged again once posted
    kind of bill            two persons         by a ``vendor.quality.exception``
    deductions of           the server          with the list of deductions
    amounts, payment state  core's ledger       never written on governed bills
    ======================  ==================  ================================
    """

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
        string="Bill Control",
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
    vendor_quality_author_uids = fields.Json(
        string="Written By",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Ids of the users who wrote what a decision on the bill looks at. None of "
        "them approves it.",
    )
    vendor_quality_author_notice = fields.Char(
        string="Who Writes Does Not Approve",
        compute="_compute_vendor_quality_author_notice",
        groups="base.group_user",
    )
    vendor_quality_open_request_id = fields.Many2one(
        comodel_name="vendor.quality.exception",
        string="Open Request",
        compute="_compute_vendor_quality_request",
        groups="base.group_user",
        help="An exception that was asked for this bill and is not decided yet.",
    )
    vendor_quality_is_exception_asked = fields.Boolean(
        string="Exception Is Asked For",
        compute="_compute_vendor_quality_request",
        groups="base.group_user",
    )
    vendor_quality_request_notice = fields.Text(
        string="What Was Asked For",
        compute="_compute_vendor_quality_request",
        groups="base.group_user",
    )
    vendor_quality_is_vendor_doubtful = fields.Boolean(
        string="Vendor Is Not Decided",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        groups="base.group_user",
    )
    vendor_quality_payable = fields.Monetary(
        string="Allowed in All",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        help="Tax included, with what is paid already: what the quality forms and "
        "exceptions allow.",
        groups="base.group_user",
    )
    vendor_quality_room = fields.Monetary(
        string="May Be Paid Now",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        help="Tax included: what of the amount due the quality forms and exceptions "
        "allow to be paid today.",
        groups="base.group_user",
    )
    vendor_quality_rest_notice = fields.Text(
        string="Why Not All of It",
        compute="_compute_vendor_quality_gate",
        compute_sudo=True,
        groups="base.group_user",
    )
    vendor_quality_deduction_form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Deductions of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="The credit note takes the deductions of this quality form off the bill.",
    )

    _vendor_quality_deduction_unique = models.UniqueIndex(
        "(vendor_quality_deduction_form_id, reversed_entry_id) "
        "WHERE vendor_quality_deduction_form_id IS NOT NULL AND state = 'draft'",
        "A draft credit note for the deductions of this form exists already.",
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
            forms = (
                forms.sudo().search(  # sudo: whoever enters bills may not read forms
                    [
                        ("contract_id", "in", bills.outsourcing_contract_id.ids),
                        ("state", "not in", ("superseded", "cancelled")),
                    ],
                    order="date_start",
                )
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

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("outsourcing_contract_id", "company_id")
    def _check_outsourcing_contract_company(self):
        """A company and its branches share their contracts."""
        # sudo: accounting may not read contracts; only companies are compared.
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
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        granted = frozenset()
        if any("vendor_quality_deduction_form_id" in vals for vals in vals_list):
            granted = get_granted_names(self.browse())
            spend(self, "create")
        moves = super().create(
            [{**vals, AUTHORS: [self.env.uid]} for vals in vals_list]
        )
        # Values may also come from defaults in the context of the caller.
        if moves.filtered("vendor_quality_deduction_form_id"):
            self._vendor_quality_check_deduction_link(granted)
        bills = moves.filtered(lambda move: move.move_type in BILL_TYPES)
        if bills:
            bills._vendor_quality_check_kind()
        moves._vendor_quality_check_results()
        names = {"default_matched_payment_ids"} & self.env.context.keys()
        if names or any("matched_payment_ids" in vals for vals in vals_list):
            moves.matched_payment_ids._vendor_quality_check_named()
        if posted := moves.filtered(lambda move: move.state == "posted"):
            self.env["vendor.quality.gate"]._enforce_posting(posted)
            self.env["vendor.quality.gate"]._enforce_entries(posted)
        return moves

    def write(self, vals):
        keys = vals.keys()
        granted = frozenset()
        if keys & GUARDED and self:
            granted = get_granted_names(self)
            self._vendor_quality_check_links(vals, granted)
            # From here on code of others may run.
            spend(self)
        if keys & self._vendor_quality_get_ledger_results():
            self._vendor_quality_check_written_results(vals)
        if keys & DECIDED_ON:
            vals = self._vendor_quality_add_author(vals)
        posting = refunded = touched = self.browse()
        if vals.get("state") == "posted":
            posting = self.filtered(lambda move: move.state != "posted")
        elif "state" in keys or "reversed_entry_id" in keys:
            refunded = self._vendor_quality_get_refunded()
        if keys & DECIDED_ON:
            touched = self.filtered(lambda move: move.state == "posted")
            refunded |= touched._vendor_quality_get_refunded()
        named = {}
        if "matched_payment_ids" in keys:
            named = {move: move.matched_payment_ids for move in self}
        homes = self._vendor_quality_get_homes() if keys & PLACE else {}
        leaving = {}
        if vals.get("state", "posted") != "posted":
            leaving = self.env["vendor.quality.gate"]._get_leaving(self)
        # What others write meanwhile is not computed by core.
        token = computing.set(frozenset())
        try:
            result = super().write(vals)
        finally:
            computing.reset(token)
        if homes:
            self._vendor_quality_check_homes(homes)
        if "outsourcing_bill_kind" in keys - granted:
            self._vendor_quality_check_kind()
        if posting or touched:
            self.env["vendor.quality.gate"]._enforce_written(posting, touched, keys)
        if refunded:
            self.env["vendor.quality.gate"]._check_fee(refunded)
        if named:
            payments = self.matched_payment_ids
            # What one of the bills named already is new to another one.
            payments.browse().union(
                *(move.matched_payment_ids - known for move, known in named.items())
            )._vendor_quality_check_named()
            self.env["vendor.quality.gate"]._enforce_payments(payments)
        if "state" in keys:
            self._vendor_quality_follow_deductions(posting)
        if leaving:
            self.env["vendor.quality.gate"]._note_entries_taken_back(leaving)
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_vendor_quality_compare_vendor(self):
        """Open a request that decides whether two vendors are one.

        The other one is that whose contract governs the bill.
        """
        check_one(self)
        self.check_access("read")
        verdicts = self.env["vendor.quality.gate"]._judge(self)
        contracts = [verdict.contract for _stage, verdict, _item in verdicts.values()]
        # sudo: contracts are not shown; the vendor is named in the reason of the hold.
        governing = self.env["outsourcing.contract"].sudo()
        governing = governing.browse([one.id for one in contracts if one])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare Vendors"),
            "res_model": "vendor.quality.gate.change",
            "view_mode": "form",
            "context": {
                "default_kind": "pair",
                "default_company_id": self.company_id.id,
                "default_partner_id": self.commercial_partner_id.id,
                "default_vendor_id": governing.commercial_partner_id.id,
            },
        }

    def action_view_vendor_quality_forms(self):
        """Open the quality forms that cover the bill."""
        check_one(self)
        self.check_access("read")
        return self.vendor_quality_form_ids._get_records_action(
            name=self.env._("Quality Forms")
        )

    # ------------------------------------------------------------
    # ACCOUNT OVERRIDES
    # ------------------------------------------------------------

    def _compute_amount(self):
        """Core also computes amounts outside of a recomputation, when tax is typed."""
        token = computing.set(frozenset(self._ids))
        try:
            return super()._compute_amount()
        finally:
            computing.reset(token)

    def _autopost_bill(self):
        if self._vendor_quality_hold_back():
            return None
        return super()._autopost_bill()

    def _autopost_draft_entries(self, batch_size=100):
        """Set blocked bills aside first, so that they do not hold up the others."""
        if self.env["res.company"]._get_vendor_quality_gated_roots():
            self.search(
                [
                    ("state", "=", "draft"),
                    ("date", "<=", self.env.company._outsourcing_today()),
                    ("auto_post", "!=", "no"),
                    ("move_type", "in", (*BILL_TYPES, "entry")),
                ]
            )._vendor_quality_park()
        return super()._autopost_draft_entries(batch_size=batch_size)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _vendor_quality_get_ledger_results(self):
        """Return the figures that core computes from the ledger.

        Nobody writes them on a governed bill.
        """
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store and field.compute in LEDGER_COMPUTES
        )

    def _vendor_quality_get_refunded(self):
        """Return the bills that the posted credit notes among these take back."""
        return self.filtered(
            lambda move: move.move_type == "in_refund" and move.state == "posted"
        ).reversed_entry_id

    def _vendor_quality_check_links(self, vals, granted):
        """Refuse what ties a credit note to the deductions of a form."""
        if AUTHORS in vals.keys() - granted:
            raise AccessError(
                self.env._("Who wrote a bill is noted by the system and not entered.")
            )
        if "vendor_quality_deduction_form_id" in vals:
            self._vendor_quality_check_deduction_link(granted)
        if vals.keys() & BOUND:
            linked = self.filtered("vendor_quality_deduction_form_id")
            linked._vendor_quality_check_bound(vals, granted)

    @api.model
    def _vendor_quality_get_contracts(self, bills):
        """Return ``{(root company, vendor): contracts with quality forms}``."""
        contracts = (
            self.env["outsourcing.contract"]
            .sudo()  # sudo: whoever enters bills may not read contracts
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
        # sudo: takes the rights back before the contracts are handed on.
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

    def _vendor_quality_drop_kind(self):
        """Take a draft bill back to a service when its decision is void."""
        self.filtered(
            lambda move: (
                move.state == "draft" and move.outsourcing_bill_kind != "service"
            )
        ).outsourcing_bill_kind = "service"

    def _vendor_quality_check_kind(self):
        decided = self.filtered(
            lambda move: move.outsourcing_bill_kind in gate.DECIDED_KINDS
        )
        if decided:
            raise AccessError(
                self.env._(
                    "%(bills)s: the kind of a bill is decided by two persons. Request "
                    "it on the bill; quality finance approves the request.",
                    bills=format_list(self.env, decided.mapped("display_name")),
                )
            )

    def _vendor_quality_check_results(self):
        """Refuse a new bill whose payment status did not come from the ledger."""
        forged = self.filtered(
            lambda move: move.payment_state not in (*OPEN_PAYMENT_STATES, False)
        )
        if forged:
            forged._vendor_quality_raise_forged()

    def _vendor_quality_check_written_results(self, vals):
        """Refuse figures of the ledger on governed bills, whoever writes them."""
        results = vals.keys() & self._vendor_quality_get_ledger_results()
        if results == {"payment_state"} and (
            vals["payment_state"] in OPEN_PAYMENT_STATES
        ):
            return
        if not set(self._ids) <= computing.get():
            self._vendor_quality_raise_forged()

    def _vendor_quality_raise_forged(self):
        if governed := self.env["vendor.quality.gate"]._filter_governed(self):
            raise UserError(
                self.env._(
                    "%(bills)s: amounts and payment status of the bill follow from its "
                    "lines and payments and are not written. Register the payment.",
                    bills=format_list(self.env, governed.mapped("display_name")),
                )
            )

    def _vendor_quality_hold_back(self):
        """Hold a bill that would post by itself, and say so on it."""
        bills = self.filtered(
            lambda move: (
                move.move_type in BILL_TYPES
                and move.partner_id.autopost_bills == "always"
            )
        )
        if not bills:
            return False
        verdicts = self.env["vendor.quality.gate"]._refresh(bills)
        blocked = False
        for bill, (stage, verdict, _item) in verdicts.items():
            if stage == "post" and verdict.is_blocked:
                blocked = True
                bill.message_post(
                    body=self.env._(
                        "The bill was not posted by itself: %s",
                        self.env["vendor.quality.gate"]._get_text(bill, verdict)[
                            "because"
                        ],
                    )
                )
        return blocked

    def _vendor_quality_park(self):
        """Take blocked bills off the list of what is due, until they are released."""
        if not self:
            return
        verdicts = self.env["vendor.quality.gate"]._refresh(self)
        blocked = self.browse(
            [
                move.id
                for move, (_stage, verdict, _item) in verdicts.items()
                if verdict.is_blocked
            ]
        )
        holds = (
            self.env["vendor.quality.hold"]
            .sudo()  # sudo: kept by the gate alone
            .search(
                [
                    ("move_id", "in", blocked.ids),
                    ("state", "=", "active"),
                    ("stage", "=", "post"),
                ]
            )
        )
        for auto_post, moves in blocked.grouped("auto_post").items():
            update_holds(
                holds.filtered(lambda hold, moves=moves: hold.move_id in moves),
                {"parked_auto_post": auto_post},
            )
            moves.auto_post = "no"

    @api.model
    def _vendor_quality_check_deduction_link(self, granted):
        if "vendor_quality_deduction_form_id" not in granted:
            raise AccessError(
                self.env._(
                    "Which deductions a credit note takes off is set by the list of "
                    "deductions to apply and cannot be written."
                )
            )

    def _vendor_quality_check_bound(self, vals, granted):
        for move in self:
            for name in (BOUND & vals.keys()) - granted:
                field = move._fields[name]
                current = field.convert_to_write(move[name], move)
                if (current or False) != (vals[name] or False):
                    raise UserError(
                        self.env._(
                            '%(note)s takes deductions off one bill: "%(field)s" '
                            "stays as it is. Delete the draft and apply the "
                            "deductions again.",
                            note=move.display_name,
                            field=field._description_string(self.env),
                        )
                    )

    def _vendor_quality_follow_deductions(self, posting):
        """Bring the forms in line with entries whose state changed.

        :param account.move posting: those that were just posted
        """
        marked = self.filtered("vendor_quality_deduction_form_id")
        # All lines are in memory when a bill is posted; those of the bill are not.
        lines = self.line_ids.filtered("vendor_quality_deduction_form_id")
        forms = (
            # sudo: accounting may not read forms; their ledger follows entries.
            marked.sudo().vendor_quality_deduction_form_id
            # sudo: as above.
            | lines.sudo().vendor_quality_deduction_form_id
        )
        if not forms:
            return
        if posting & (marked | lines.move_id):
            self._vendor_quality_check_deducted(forms._get_heads())
        forms._follow_entries()
        bills = marked.reversed_entry_id.filtered(lambda move: move.state == "posted")
        if bills and not posting:
            self.env["vendor.quality.gate"]._check_fee(bills)

    def _vendor_quality_check_deducted(self, forms):
        """Refuse to take more off the bills than the forms deduct."""
        ledgers = forms._get_ledgers()
        for form in forms:
            credited = ledgers[form].credited
            if form.state != "approved":
                raise UserError(
                    self.env._(
                        '%(form)s is "%(state)s": its deductions are taken off once it '
                        "is approved. Delete this draft and apply them then.",
                        form=form.name,
                        state=form._flow_state_label(form.state),
                    )
                )
            if form.currency_id.compare_amounts(credited, form.deduction_amount) > 0:
                raise UserError(
                    self.env._(
                        "%(form)s deducts %(deducted)s, but its credit notes and bill "
                        "lines would take %(credited)s off. Lower this one, or delete "
                        "it and apply the deductions again.",
                        form=form.name,
                        deducted=format_amount(
                            self.env, form.deduction_amount, form.currency_id
                        ),
                        credited=format_amount(self.env, credited, form.currency_id),
                    )
                )
