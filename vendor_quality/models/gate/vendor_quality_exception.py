from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ...tools.gate import DECIDED_KINDS
from ..base.vendor_quality_permit_mixin import FINANCE
from .account_move import set_bill_kind
from .vendor_quality_hold import PENDING


class VendorQualityException(models.Model):
    """A request to let one bill pass the gate once, or to decide its kind.

    draft -> submitted -> approved -> used; or refused, expired, or void because
    the bill was changed. It is bound to a fingerprint of the bill: any change
    of vendor, contract, period, lines, amount or bank account voids it.

    =========  =======================  ==========================================
    step       who                      but not
    =========  =======================  ==========================================
    request    accounting, officer
    submit     the requester
    approve    quality finance          requester, last editor, author or poster
                                        of the bill
    refuse     quality finance          the requester
    use        the gate itself          a second time, above the limit, after the
                                        expiry, on a changed bill
    =========  =======================  ==========================================

    An exception lets the bill be posted once and paid once. A decision on the
    kind (advance, deposit, outside) sets the kind of the bill and holds as long
    as the bill stays what it was.
    """

    _name = "vendor.quality.exception"
    _description = "Bill Exception"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.numbered.mixin",
        "vendor.quality.permit.mixin",
    ]
    _rate_day = "move_id.invoice_date"

    _number_code = "vendor.quality.exception"
    _tier_requester_fields = ("requester_id", "bill_author_ids")

    _flow_required = {
        "submitted": ("reason", "amount_limit", "expiry_date"),
        "refused": ("refuse_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "bank_key",
            "bill_author_ids",
            "fingerprint",
            "payment_used_at",
            "posting_used_at",
            "submitted_at",
        }
    )
    _flow_content_fields = frozenset(
        {
            "amount_limit",
            "company_id",
            "expiry_date",
            "move_id",
            "purpose",
            "reason",
            "stage",
        }
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    company_id = fields.Many2one(
        related="move_id.company_id", store=True, index=True, precompute=True
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Bill",
        required=True,
        index=True,
        ondelete="cascade",
        copy=False,
        domain="[('move_type', 'in', ('in_invoice', 'in_receipt', 'entry'))]",
    )
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", string="Vendor", store=True, index=True
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    bill_total = fields.Monetary(
        related="move_id.amount_total",
        string="Bill Total",
        help="Tax included, in the currency of the bill.",
    )
    purpose = fields.Selection(
        selection=[
            ("exception", "Let the bill through once"),
            ("advance", "It is an advance"),
            ("deposit", "It is a deposit"),
            ("outside", "It is outside of the contracts"),
        ],
        required=True,
        default="exception",
        tracking=True,
        help="Let through once: the bill passes though its form does not allow it. "
        "Advance, deposit and outside say for good what kind of bill it is.",
    )
    stage = fields.Selection(
        selection=[
            ("post", "Posting"),
            ("payment", "Payment"),
            ("both", "Posting and payment"),
        ],
        compute="_compute_stage",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="What the bill is let through. A posted bill only has payment left.",
    )
    amount_limit = fields.Monetary(
        string="Limit",
        compute="_compute_amount_limit",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Tax included. For posting, the whole bill must be within it; for "
        "payment, what is paid beyond what the form allows.",
    )
    gate_reason = fields.Text(
        related="move_id.vendor_quality_gate_reason",
        help="What keeps the bill from being posted or paid now.",
    )
    bill_author_ids = fields.Many2many(
        comodel_name="res.users",
        relation="vendor_quality_exception_bill_author_rel",
        column1="exception_id",
        column2="user_id",
        string="Authors of the Bill",
        readonly=True,
        copy=False,
        help="Who entered, changed, posted or owns the bill. They never approve.",
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    posting_used_at = fields.Datetime(
        string="Used to Post",
        readonly=True,
        copy=False,
        help="When the bill was posted by means of this exception.",
    )
    payment_used_at = fields.Datetime(
        string="Used to Pay",
        readonly=True,
        copy=False,
        help="When the bill was paid by means of this exception.",
    )
    fingerprint = fields.Char(readonly=True, copy=False)
    bank_key = fields.Char(
        string="Key of the Bank Account",
        readonly=True,
        copy=False,
        help="Number of the bill's bank account at the request.",
    )

    approve_notice = fields.Char(
        string="Who Decides Instead", compute="_compute_approve_notice"
    )

    _limit_positive = models.Constraint(
        "CHECK (amount_limit >= 0)", "The limit of an exception is not negative."
    )
    _open_unique = models.UniqueIndex(
        "(move_id, purpose) WHERE state IN ('submitted', 'approved')",
        "Another request of the same kind is open for the bill.",
    )
    _gate_idx = models.Index("(move_id) WHERE state IN ('approved', 'used')")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._check_bill_is_shown()
        return requests

    def write(self, vals):
        result = super().write(vals)
        if "move_id" in vals:
            self._check_bill_is_shown()
        return result

    def _check_bill_is_shown(self):
        """Raise where somebody asks for a bill that he neither reads nor sees held.

        The request shows vendor and total of its bill. No constraint, which core judges
        with the rights of the server.
        """
        if self.env.su:
            return
        bills = self.move_id
        holds = self.env["vendor.quality.hold"]
        held = holds.search([("move_id", "in", bills.ids)]).move_id
        if hidden := bills - bills._filtered_access("read") - held:
            raise AccessError(
                self.env._(
                    "Entry %s: you may not read it, and it is not held. Whoever enters "
                    "bills asks for its exception.",
                    hidden[0].id,
                )
            )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "fingerprint")
    @api.depends_context("uid")
    def _compute_approve_notice(self):
        """Say to whoever sees no button to approve why there is none."""
        asked = self.filtered(lambda request: request.state == "submitted")
        (self - asked).approve_notice = False
        reasons = asked._get_cannot_approve_reason()
        for request in asked:
            request.approve_notice = reasons.get(request.id)

    @api.depends("move_id", "purpose")
    def _compute_stage(self):
        for request in self:
            is_posted = request.move_id.state == "posted"
            request.stage = (
                "payment" if is_posted and request.purpose == "exception" else "both"
            )

    @api.depends("move_id")
    def _compute_amount_limit(self):
        for request in self:
            request.amount_limit = request.move_id.amount_total

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        for request in self:
            server_write(request, request._prepare_submitted())
        super()._on_enter_submitted(origins)

    def _on_enter_approved(self, origins):
        super()._on_enter_approved(origins)
        for request in self.filtered(lambda item: item.purpose != "exception"):
            # sudo: quality finance decides the kind and has no right on bills.
            set_bill_kind(request.sudo().move_id, request.purpose)
        self.env["vendor.quality.gate"]._refresh(self.move_id)

    def _on_enter_expired(self, origins):
        self.env["vendor.quality.gate"]._refresh(self.move_id)

    def _on_enter_void(self, origins):
        decided = self.filtered(
            lambda request: (
                origins[request.id] == "approved" and request.purpose != "exception"
            )
        )
        # sudo: whoever voids a decision need not be allowed to write the bill.
        decided.sudo().move_id._vendor_quality_drop_kind()

    @api.model
    def _open_request(self, move):
        """Return the action of a request: the one that waits, or a new one."""
        asked = self.search(
            [
                ("move_id", "=", move.id),
                ("purpose", "=", "exception"),
                ("state", "=", "submitted"),
            ],
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request an Exception"),
            "res_model": self._name,
            "res_id": asked.id,
            "view_mode": "form",
            "context": {"default_move_id": move.id},
        }

    @api.model
    def _request_for(self, moves, purpose, reason):
        """Make and submit one request for each of ``moves`` that has none open.

        :param moves: bills, with the right to see their requests
        """
        if purpose == "outside":
            moves = moves.filtered(lambda move: move.state == "draft")
        asked = moves.vendor_quality_exception_ids.filtered(
            lambda request: (
                request.state in ("submitted", "approved")
                and request.purpose == purpose
            )
        )
        requests = self.create(
            [
                {"move_id": move.id, "purpose": purpose, "reason": reason}
                for move in moves - asked.move_id
            ]
        )
        requests.action_submit()
        return requests

    def _prepare_submitted(self):
        # sudo: quality finance may not read bills; authors and digest are used.
        move = self.sudo().move_id
        posted = move.vendor_quality_decision_ids.filtered(
            lambda decision: decision.stage == "post"
        )
        authors = move._vendor_quality_authors() | posted.user_id
        authors |= move.vendor_quality_decision_ids.user_id
        return {
            "submitted_at": fields.Datetime.now(),
            "fingerprint": self._get_current_fingerprint(),
            "bank_key": move.partner_bank_id.vendor_quality_key or "",
            "bill_author_ids": [fields.Command.set(authors.ids)],
        }

    def _tier_get_excluded_users(self):
        """Exclude also who wrote the bill since the request."""
        # sudo: quality finance may not read bills; authors are compared.
        authors = self.sudo().move_id._vendor_quality_authors()
        return super()._tier_get_excluded_users() | authors

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _dual_get_submit_reason(self):
        if not self._get_current_fingerprint():
            return self.env._("this bill is not held; it needs no exception.")
        if self._get_open_twin():
            return self.env._(
                "another request of the same kind is open for the bill: %s.",
                self._get_open_twin().name,
            )
        if self.move_id.move_type == "entry" and self.purpose in ("advance", "deposit"):
            return self.env._(
                "a journal entry is no advance and no deposit. Enter a vendor bill."
            )
        if self.purpose != "exception" and self.move_id.state != "draft":
            return self.env._(
                "the kind of a posted bill does not change. Reset the bill to draft."
            )
        return super()._dual_get_submit_reason()

    def _dual_get_approve_reason(self):
        if (
            self.fingerprint != self._get_current_fingerprint()
            or not self._is_of_same_account()
        ):
            return self.env._(
                "the bill was changed since the request. Make a new request."
            )
        return super()._dual_get_approve_reason()

    def _get_cannot_void_reason(self):
        if self._flow_is_system():
            return {}
        return {
            request.id: self.env._(
                "only its requester or quality finance cancels it before it is used."
            )
            for request in self
            if request.requester_id != self.env.user
            and not request._flow_user_in(FINANCE)
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_current_fingerprint(self):
        """Return the digest of the bill as it is, empty for an ungoverned bill."""
        self.ensure_one()
        # sudo: quality finance may not read bills; authors and digest are used.
        move = self.sudo().move_id
        return self._get_fingerprints(move).get(move.id, "")

    def _get_waiting_text(self):
        """Return what is asked for, since when, and who decides on it."""
        self.ensure_one()
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        # sudo: names of who decides are no secret to whoever sees the bill
        request = self.sudo()
        reviews = request.review_ids.filtered(lambda review: review.status in PENDING)
        # Requests of earlier versions do not know when they were submitted.
        asked = request.submitted_at or request.create_date
        day = request.company_id._outsourcing_date(asked)
        return self.env._(
            "%(purpose)s: asked for on %(day)s, waits for %(who)s.",
            purpose=purposes[request.purpose],
            day=format_date(self.env, day),
            who=reviews.sorted("sequence")[:1]._tier_get_who()
            if reviews
            else self.env._("nobody yet"),
        )

    def _is_of_same_account(self):
        """Whether the bank account still has the number that was approved.

        Requests of earlier versions do not know it.
        """
        self.ensure_one()
        # sudo: quality finance may not read bills; the number is compared.
        account = self.sudo().move_id.partner_bank_id
        return self.bank_key in (False, account.vendor_quality_key or "")

    @api.model
    def _get_fingerprints(self, moves):
        """Return ``{id: digest}`` of the governed bills and entries."""
        Gate = self.env["vendor.quality.gate"]
        entries = moves.filtered(lambda move: move.move_type == "entry")
        found, _outflows = Gate._get_entry_facts(
            entries, entries.filtered(Gate._may_pay)
        )
        facts = {**Gate._get_facts(moves), **found}
        return {move_id: item.bill.fingerprint for move_id, item in facts.items()}

    def _get_open_twin(self):
        """Return another open request of the same purpose for the bill."""
        self.ensure_one()
        # sudo: the other request may be in a company that the requester does not see.
        return self.sudo().search(
            [
                ("move_id", "=", self.move_id._origin.id),
                ("purpose", "=", self.purpose),
                ("state", "in", ("submitted", "approved")),
                ("id", "!=", self._origin.id),
            ],
            limit=1,
        )

    @api.model
    def _cron_close(self):
        """Expire what is too old and void what no longer fits its bill."""
        self._dual_expire()
        pending = self.search([("state", "in", ("submitted", "approved"))])
        found = self._get_fingerprints(pending.move_id)
        for request in pending:
            if (
                found.get(request.move_id.id, "") != request.fingerprint
                or not request._is_of_same_account()
            ):
                server_write(request, {"state": "void"})
        self.env["vendor.quality.gate"]._refresh(pending.move_id)


def use_exceptions(exceptions, stamp):
    """Mark what the exception was used for; decisions on the kind stay."""
    for request in exceptions.filtered(lambda item: item.purpose == "exception"):
        values = {stamp: fields.Datetime.now()}
        if request.state == "approved":
            values["state"] = "used"
        server_write(request, values)
    kinds = exceptions.filtered(
        lambda item: item.purpose in DECIDED_KINDS and item.state == "approved"
    )
    server_write(kinds, {"state": "used", stamp: fields.Datetime.now()})
