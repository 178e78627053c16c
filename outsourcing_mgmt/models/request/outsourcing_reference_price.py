from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import float_repr

from ...tools import commitment
from ..base.forgotten_secrets import forgotten
from ..base.grants import is_evaluated_code_running, server_write
from ..base.groups import FINANCE, MANAGER
from ..base.outsourcing_sealed_mixin import sealed_create, sealed_read, sealed_write
from ..messages.telling import tell_price_approved
from .outsourcing_price_reader import request_reader

forgotten["outsourcing.reference.price"] = ("amount", "can_see_amount")
forgotten["outsourcing.reference.price.source"] = ("amount", "name", "note")


class OutsourcingReferencePrice(models.Model):
    """The reference price of a tender and the conditions that go with it.

    Set by the outsourcing department, approved by finance: draft -> submitted
    -> approved -> used (by a published tender); cancelled on the way.

    The amount is secret until the prices are opened: it lives in
    ``outsourcing.reference.price.secret``, which is sealed like a bid, is not
    stored here, not tracked, and cannot be searched or grouped. It is read by the
    author, and by those who were in the finance group when it was submitted
    (``reader_ids``; who joins later is confirmed, see ``outsourcing.price.reader``);
    ``sudo()`` is no help. ``commitment`` (SHA-256 over amount, currency and a
    secret nonce) is published with the notice; amount and nonce are revealed at
    the opening. Another amount, currency or company makes another commitment.

    =============  ==============================  =========================
    Action         Who                             Restriction
    =============  ==============================  =========================
    create, edit   officer                         own, in draft
    submit         the author                      amount and a source
    approve        finance, after the reviews      neither author nor editor
    release        the server                      its tender ended before it was
                                                   revealed: the next one keeps it
    cancel         the author, finance             not used by a tender
    =============  ==============================  =========================
    """

    _name = "outsourcing.reference.price"
    _description = "Reference Price"
    _inherit = [
        "outsourcing.numbered.mixin",
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "create_date desc, id desc"
    _check_company_auto = True

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("author_id",)

    _number_code = "outsourcing.reference.price"
    _number_states = frozenset({"submitted"})
    _flow_transitions = {
        "draft": {"submitted", "cancelled"},
        "submitted": {"draft", "approved", "cancelled"},
        "approved": {"used", "cancelled"},
        "used": {"approved"},
        "cancelled": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "draft": "reset",
        ("used", "approved"): "release",
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
            "reader_ids",
            "revealed_amount",
            "revealed_terms",
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
    reader_ids = fields.Many2many(
        comodel_name="res.users",
        relation="outsourcing_reference_price_reader_rel",
        column1="price_id",
        column2="user_id",
        string="Readers of Finance",
        readonly=True,
        copy=False,
        help="Who was in the finance group when the price was submitted, and who was "
        "confirmed since.",
    )
    can_ask_to_read = fields.Boolean(compute="_compute_can_ask_to_read")
    commitment = fields.Char(
        readonly=True,
        copy=False,
        help="SHA-256 over amount, currency and a secret number. Published with the "
        "notice, so that everybody can check at the opening that the reference price "
        "was not changed.",
    )
    revealed_amount = fields.Monetary(readonly=True, copy=False)
    revealed_terms = fields.Char(
        string="Revealed Text",
        readonly=True,
        copy=False,
        help="Amount and currency exactly as the commitment was made over them.",
    )
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
    min_sources = fields.Integer(
        string="Sources Needed",
        compute="_compute_min_sources",
        help="By the procedure that the policy asks for.",
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
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("author_id", "revealed_date", "revealed_amount", "reader_ids")
    @api.depends_context("uid")
    def _compute_amount(self):
        revealed = self.filtered("revealed_date")
        visible = self._filter_amount_visible()
        amounts = _read_amounts(visible - revealed)
        for price in self:
            price.can_see_amount = price in visible | revealed or not price.id
            price.amount = amounts.get(price.id, price.revealed_amount)

    @api.depends("author_id", "revealed_date", "reader_ids", "state")
    @api.depends_context("uid")
    def _compute_can_ask_to_read(self):
        hidden = self.filtered("id") - self._filter_amount_visible()
        is_finance = self._flow_user_in(FINANCE)
        for price in self:
            price.can_ask_to_read = (
                is_finance and price in hidden and not price.revealed_date
            )

    @api.depends("request_ids")
    def _compute_min_sources(self):
        for price in self:
            # sudo: authors of prices need not read procedures.
            rules = self.env["outsourcing.procedure"].sudo()
            # sudo: as above, for the estimates of the requests.
            rule = price.request_ids and rules._propose_for(price.request_ids.sudo())
            price.min_sources = rule.min_price_sources if rule else 1

    def _inverse_amount(self):
        for price in self:
            _store_secret(price, price.amount)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if {"currency_id", "company_id"}.intersection(vals) and "amount" not in vals:
            # The commitment names the currency: an old one could never be revealed.
            for price in self.filtered("commitment"):
                _store_secret(price)
        return result

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
        """Settle the own open reviews; the last one approves the document."""
        return self._tier_approve()

    def action_cancel(self):
        """Give the price up, unless a tender uses it."""
        return self._take_step("cancelled")

    def action_ask_to_read(self):
        """Ask to read amounts of before one's time in finance."""
        self.check_access("read")
        # sudo: nobody has the right to make requests; the rules of the request judge.
        for price in self.sudo().filtered("can_ask_to_read"):
            request_reader(self.env.user, price.company_id, price)
        return True

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
            elif price._count_sources() < price.min_sources:
                reasons[price.id] = self.env._(
                    "its procedure asks for %(needed)s different sources, and it has "
                    "%(found)s.",
                    needed=price.min_sources,
                    found=price._count_sources(),
                )
        return reasons

    def _get_cannot_reset_reason(self):
        return {
            price.id: self.env._("only its author takes it back.")
            for price in self
            if self.env.user != price.author_id
        }

    def _tier_filter_deputies(self, users):
        """Whoever may not learn the amount does not decide on it for finance."""
        deputies = super()._tier_filter_deputies(users)
        return deputies.filtered(lambda user: user.has_group(FINANCE))

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

    def _get_cannot_release_reason(self):
        if not self._flow_is_system():
            return dict.fromkeys(
                self.ids,
                self.env._("it is free again when its tender ends without an award."),
            )
        return {
            price.id: self.env._("it was revealed when the prices were opened.")
            for price in self.filtered("revealed_date")
        }

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
        for price in self:
            readers = price._flow_get_users_of(FINANCE)
            server_write(price, {"reader_ids": [Command.set(readers.ids)]})
        reviewed = self.filtered(lambda price: price._tier_get_definitions())
        reviewed.request_validation()

    def _on_enter_approved(self, origins):
        # A price that its tender released was approved before.
        fresh = self.filtered(lambda price: origins[price.id] == "submitted")
        server_write(
            fresh,
            {"approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()},
        )
        tell_price_approved(fresh)

    def _on_enter_used(self, origins):
        server_write(self, {"used_date": fields.Datetime.now()})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _filter_amount_visible(self):
        """Return the prices whose secret the acting user may read; not by sudo."""
        if is_evaluated_code_running():
            return self.browse()
        user = self.env.user
        finance = self._flow_user_in(FINANCE)
        # sudo: which users read a price is asked for every user.
        return (
            self.sudo()
            .filtered(
                lambda price: (
                    price.author_id == user
                    or (
                        finance and (price.state == "draft" or user in price.reader_ids)
                    )
                )
            )
            .with_env(self.env)
        )

    def _count_sources(self):
        """Return how many different sources there are; one named twice is one."""
        self.ensure_one()
        # sudo: a number alone; the rules of the procedure need it for every user.
        rows = self.env["outsourcing.reference.price.source"].sudo()
        found = rows._read_group([("price_id", "=", self.id)], ["method", "name"])
        return len({(method, name.strip().casefold()) for method, name in found})

    def _get_committed_terms(self, amount):
        """Return the texts of amount and currency that the commitment binds."""
        digits = self.currency_id.decimal_places
        text = float_repr(self.currency_id.round(amount), digits)
        return text, self.currency_id.name


class OutsourcingReferencePriceSecret(models.Model):
    """The amount and nonce of a reference price before it is revealed.

    Sealed like a bid: read and written by the functions of this file only, for the
    author and finance, and when the prices of the tender are opened. Amount and
    currency are kept as the texts that the commitment was made over, so that neither
    a renamed currency nor other decimals make it impossible to reveal.
    """

    _name = "outsourcing.reference.price.secret"
    _description = "Secret of a Reference Price"
    _inherit = ["outsourcing.sealed.mixin"]
    _rec_name = "price_id"

    price_id = fields.Many2one(
        comodel_name="outsourcing.reference.price",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, ondelete="restrict"
    )
    amount = fields.Char(required=True, prefetch=False)
    currency_name = fields.Char(string="Currency", required=True, prefetch=False)
    nonce = fields.Char(string="Secret Number", required=True, prefetch=False)

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

    @api.model
    def _search(self, domain, *args, **kwargs):
        if is_evaluated_code_running():
            # What is typed into the database has all rights by sudo.
            domain = Domain(domain) & Domain("price_id.revealed_date", "!=", False)
        return super()._search(domain, *args, **kwargs)

    def _fetch_query(self, query, fields):
        sources = super()._fetch_query(query, fields)
        if is_evaluated_code_running() and {"amount", "name", "note"}.intersection(
            field.name for field in fields
        ):
            # sudo: whether a price is revealed is asked for every reader.
            if sources.sudo().price_id.filtered(lambda price: not price.revealed_date):
                sources.invalidate_recordset()
                raise AccessError(
                    self.env._(
                        "Sources of a reference price are read by persons only until "
                        "the price is revealed."
                    )
                )
        return sources

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


def _read_amounts(prices):
    """Return ``{price id: amount}`` of prices whose secret the user may read."""
    if not prices.ids:
        return {}
    rows = sealed_read(
        prices.env["outsourcing.reference.price.secret"],
        [("price_id", "in", prices.ids)],
        ("price_id", "amount"),
    )
    return {row["price_id"].id: float(row["amount"]) for row in rows}


def _store_secret(price, amount=None):
    """Store the amount with a new nonce and commit to both.

    :param float amount: None keeps the amount, for a price whose currency or company
        was changed
    """
    if price not in price._filter_amount_visible():
        raise AccessError(
            price.env._(
                "%s: only its author or finance sets the amount.",
                price.display_name,
            )
        )
    secrets = price.env["outsourcing.reference.price.secret"]
    rows = sealed_read(secrets, [("price_id", "=", price.id)], ("amount",))
    if amount is None:
        amount = float(rows[0]["amount"]) if rows else 0.0
    text, currency = price._get_committed_terms(amount)
    nonce = commitment.new_nonce()
    vals = {
        "company_id": price.company_id.id,
        "amount": text,
        "currency_name": currency,
        "nonce": nonce,
    }
    if rows:
        sealed_write(secrets, {rows[0]["id"]: vals})
    else:
        sealed_create(secrets, {"price_id": price.id, **vals})
    server_write(price, {"commitment": commitment.commit(text, currency, nonce)})


def reveal(prices):
    """Make amount and nonce public and prove them against the commitment.

    For the opening of the prices of a tender. No method of the record, so that
    templates and server actions cannot call it.

    :raise UserError: when the secret does not match the commitment
    """
    # sudo: whoever opens the prices may read neither the secret nor the price.
    for price in prices.sudo().filtered(lambda price: not price.revealed_date):
        secret = next(
            iter(
                sealed_read(
                    price.env["outsourcing.reference.price.secret"],
                    [("price_id", "=", price.id)],
                    ("amount", "currency_name", "nonce"),
                )
            ),
            {"amount": "", "currency_name": "", "nonce": ""},
        )
        terms = secret["amount"], secret["currency_name"]
        if not commitment.verify(price.commitment, *terms, secret["nonce"]):
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
                "revealed_amount": float(secret["amount"]),
                "revealed_terms": "|".join(terms),
                "revealed_nonce": secret["nonce"],
                "revealed_date": fields.Datetime.now(),
            },
        )
