from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_repr

from ...tools import commitment
from ..base.grants import server_write
from ..base.groups import FINANCE, MANAGER
from ..base.numbering import number_records


class OutsourcingReferencePrice(models.Model):
    """The reference price of a tender and the conditions that go with it.

    Set by the outsourcing department, approved by finance: draft -> submitted
    -> approved -> used (by a published tender); cancelled on the way.

    The amount is secret until the prices are opened: it lives in
    ``outsourcing.reference.price.secret``, readable by the author and finance
    only, is not stored here, not tracked, and cannot be searched or grouped.
    ``commitment`` (SHA-256 over amount, currency and a secret nonce) is
    published with the notice; amount and nonce are revealed at the opening.

    =============  ==============================  =========================
    Action         Who                             Restriction
    =============  ==============================  =========================
    create, edit   officer                         own, in draft
    submit         the author                      amount and a source
    approve        finance, after the reviews      neither author nor editor
    cancel         the author, finance             not used by a tender
    =============  ==============================  =========================
    """

    _name = "outsourcing.reference.price"
    _description = "Reference Price"
    _inherit = ["outsourcing.tier.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "create_date desc, id desc"
    _check_company_auto = True

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("author_id",)

    _flow_transitions = {
        "draft": {"submitted", "cancelled"},
        "submitted": {"draft", "approved", "cancelled"},
        "approved": {"used", "cancelled"},
        "used": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "draft": "reset",
        "approved": "approve",
        "used": "use",
        "cancelled": "cancel",
    }
    _flow_groups = {
        "approve": (FINANCE, MANAGER),
    }
    _flow_system_fields = frozenset(
        {
            "name",
            "author_id",
            "commitment",
            "approved_by_id",
            "approved_date",
            "used_date",
            "revealed_amount",
            "revealed_nonce",
            "revealed_date",
        }
    )
    _flow_content_fields = frozenset(
        {
            "request_ids",
            "amount",
            "currency_id",
            "company_id",
            "source_ids",
            "payment_conditions",
            "quality_conditions",
            "qualification_conditions",
        }
    )
    _flow_content_states = frozenset({"draft"})

    name = fields.Char(
        string="Reference", readonly=True, copy=False, default="/", index="trigram"
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("used", "Used"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    author_id = fields.Many2one(
        comodel_name="res.users",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
        index=True,
    )
    request_ids = fields.Many2many(
        comodel_name="outsourcing.request",
        relation="outsourcing_reference_price_request_rel",
        column1="price_id",
        column2="request_id",
        string="Requests",
        domain="[('state', 'in', ('approved', 'in_tender'))]",
        check_company=True,
    )

    # The secret
    amount = fields.Monetary(
        compute="_compute_amount",
        inverse="_inverse_amount",
        help="Secret until the prices of the tender are opened. Only the author and "
        "finance read it.",
    )
    can_see_amount = fields.Boolean(compute="_compute_amount")
    commitment = fields.Char(
        readonly=True,
        copy=False,
        help="SHA-256 over amount, currency and a secret number. Published with the "
        "notice, so that everybody can check at the opening that the reference price "
        "was not changed.",
    )
    revealed_amount = fields.Monetary(readonly=True, copy=False)
    revealed_nonce = fields.Char(
        string="Revealed Secret Number", readonly=True, copy=False
    )
    revealed_date = fields.Datetime(readonly=True, copy=False)

    # How it was found, and the conditions
    source_ids = fields.One2many(
        comodel_name="outsourcing.reference.price.source",
        inverse_name="price_id",
        copy=True,
    )
    payment_conditions = fields.Html(
        help="When and on what evidence the vendor is paid; printed in the notice."
    )
    quality_conditions = fields.Html(
        help="What good service means and how it is measured."
    )
    qualification_conditions = fields.Html(help="What a vendor must prove to bid.")

    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_date = fields.Datetime(readonly=True, copy=False)
    used_date = fields.Datetime(readonly=True, copy=False)

    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("author_id", "revealed_date", "revealed_amount")
    @api.depends_context("uid")
    def _compute_amount(self):
        visible = self._filter_amount_visible()
        # sudo: no group reads secrets; only those of the prices above are read.
        Secret = self.env["outsourcing.reference.price.secret"].sudo()
        secrets = {
            secret.price_id.id: secret.amount
            for secret in Secret.search([("price_id", "in", visible.ids)])
        }
        for price in self:
            price.can_see_amount = price in visible or not price.id
            price.amount = secrets.get(price.id, 0.0)

    def _inverse_amount(self):
        for price in self:
            _store_secret(price, price.amount)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        prices = super().create(vals_list)
        number_records(prices, "outsourcing.reference.price")
        return prices

    def copy_data(self, default=None):
        # The amount stays with its author: a copy starts without it.
        return super().copy_data({"amount": 0.0, **(default or {})})

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Freeze amount and conditions and ask finance for its review."""
        return self._take_step("submitted")

    def action_reset(self):
        """Take a submitted price back to change it."""
        return self._take_step("draft")

    def action_approve(self):
        """Cross the gate once every review is approved."""
        return self._take_step("approved")

    def action_cancel(self):
        """Give the price up, unless a tender uses it."""
        return self._take_step("cancelled")

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = {}
        for price in self:
            if self.env.user != price.author_id:
                reasons[price.id] = self.env._("only its author submits it.")
            elif not price.request_ids:
                reasons[price.id] = self.env._("choose the requests that it is for.")
            elif price.currency_id.compare_amounts(price.amount, 0) <= 0:
                reasons[price.id] = self.env._("fill in the amount.")
            elif not price.source_ids:
                reasons[price.id] = self.env._(
                    "add at least one source that shows how the amount was found."
                )
        return reasons

    def _get_cannot_reset_reason(self):
        return {
            price.id: self.env._("only its author takes it back.")
            for price in self
            if self.env.user != price.author_id
        }

    def _get_cannot_approve_reason(self):
        reasons = {}
        for price in self:
            if reason := price._tier_get_cannot_cross_reason():
                reasons[price.id] = reason
            elif self.env.user in price._tier_get_excluded_users():
                reasons[price.id] = self.env._(
                    "you wrote or edited it; somebody else of finance approves it."
                )
        return reasons

    def _get_cannot_use_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("it becomes used when its tender is published.")
        )

    def _get_cannot_cancel_reason(self):
        finance = self._flow_user_in(FINANCE)
        return {
            price.id: self.env._("only its author or finance cancels it.")
            for price in self
            if not finance and self.env.user != price.author_id
        }

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        reviewed = self.filtered(lambda price: price._tier_get_definitions())
        reviewed.request_validation()

    def _on_enter_approved(self, origins):
        server_write(
            self,
            {"approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()},
        )

    def _on_enter_used(self, origins):
        server_write(self, {"used_date": fields.Datetime.now()})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _filter_amount_visible(self):
        """Return the prices whose amount the acting user may read."""
        if self.env.su:
            return self
        finance = self._flow_user_in(FINANCE)
        return self.filtered(
            lambda price: (
                finance or price.revealed_date or price.author_id == self.env.user
            )
        )

    def _get_committed_terms(self, amount):
        """Return the texts of amount and currency that the commitment binds."""
        digits = self.currency_id.decimal_places
        text = float_repr(self.currency_id.round(amount), digits)
        return text, self.currency_id.name


class OutsourcingReferencePriceSecret(models.Model):
    """The amount and nonce of a reference price before it is revealed.

    Nobody has access rights: the reference price reads it for its author and
    finance, and opens it when the prices of the tender are opened.
    """

    _name = "outsourcing.reference.price.secret"
    _description = "Secret of a Reference Price"
    _rec_name = "price_id"

    price_id = fields.Many2one(
        comodel_name="outsourcing.reference.price",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="price_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="price_id.currency_id")
    amount = fields.Monetary()
    nonce = fields.Char(string="Secret Number", required=True)

    _price_unique = models.UniqueIndex(
        "(price_id)", "A reference price has one secret."
    )


class OutsourcingReferencePriceSource(models.Model):
    """Evidence for a reference price: a quote, a past contract, a calculation.

    As secret as the amount: read by the author and finance, by everybody with
    access to the reference price once it is revealed.
    """

    _name = "outsourcing.reference.price.source"
    _inherit = ["outsourcing.flow.line.mixin"]
    _description = "Source of a Reference Price"
    _order = "sequence, id"
    _check_company_auto = True

    _flow_parent = "price_id"
    _flow_parent_lines = "source_ids"

    price_id = fields.Many2one(
        comodel_name="outsourcing.reference.price",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="price_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="price_id.currency_id")
    sequence = fields.Integer(default=10)
    method = fields.Selection(
        string="Estimation Method",
        selection=[
            ("market", "Market inquiry"),
            ("history", "Past contract"),
            ("cost", "Cost build-up"),
            ("expert", "Expert opinion"),
        ],
        required=True,
        default="market",
    )
    name = fields.Char(string="Source", required=True)
    date = fields.Date(default=lambda self: self.env.company._outsourcing_today())
    amount = fields.Monetary(string="Amount Found")
    note = fields.Text()
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="outsourcing_reference_price_source_attachment_rel",
        string="Files",
        bypass_search_access=True,
    )

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The amount of a source cannot be negative."
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        sources._bind_files()
        return sources

    def write(self, vals):
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._bind_files()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _bind_files(self):
        """Give the files the access rule of their source."""
        for source in self:
            loose = source.attachment_ids.filtered(
                lambda file: not file.res_id and file.create_uid == self.env.user
            )
            loose.write({"res_model": self._name, "res_id": source.id})


def _store_secret(price, amount):
    """Store the amount with a new nonce and commit to both."""
    if price not in price._filter_amount_visible():
        raise AccessError(
            price.env._(
                "%s: only its author or finance sets the amount.",
                price.display_name,
            )
        )
    # sudo: no group has rights on secrets; the check above is the right.
    Secret = price.env["outsourcing.reference.price.secret"].sudo()
    secret = Secret.search([("price_id", "=", price.id)])
    nonce = commitment.new_nonce()
    vals = {"amount": amount, "nonce": nonce}
    if secret:
        secret.write(vals)
    else:
        Secret.create({"price_id": price.id, **vals})
    terms = price._get_committed_terms(amount)
    server_write(price, {"commitment": commitment.commit(*terms, nonce)})


def reveal(prices):
    """Make amount and nonce public and prove them against the commitment.

    For the opening of the prices of a tender. No method of the record, so that
    templates and server actions cannot call it.

    :raise UserError: when the secret does not match the commitment
    """
    # sudo: whoever opens the prices may read neither the secret nor the price.
    for price in prices.sudo().filtered(lambda price: not price.revealed_date):
        secret = price.env["outsourcing.reference.price.secret"].search(
            [("price_id", "=", price.id)]
        )
        terms = price._get_committed_terms(secret.amount)
        if not commitment.verify(price.commitment, *terms, secret.nonce):
            raise UserError(
                price.env._(
                    "%s: the reference price does not match the commitment that was "
                    "published with the notice. Stop the procedure and call the "
                    "auditor.",
                    price.display_name,
                )
            )
        server_write(
            price,
            {
                "revealed_amount": secret.amount,
                "revealed_nonce": secret.nonce,
                "revealed_date": fields.Datetime.now(),
            },
        )
