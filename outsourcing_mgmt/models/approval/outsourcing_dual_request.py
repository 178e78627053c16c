import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.one_record import check_one
from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_write
from ..base.outsourcing_flow_mixin import check_entering
from ..base.outsourcing_tier_mixin import is_about_to_decide

MODEL_IDS = 100000
"""More than there are models in a database: part of the id of a row of the list."""


class OutsourcingDualRequestMixin(models.AbstractModel):
    """A request that one person makes and another decides on.

    draft -> submitted -> approved; or refused, or expired without a decision. What
    was asked for happens when the request enters ``approved``, and not before. The
    decision is a tier review: author, requester and last editor never take it.
    Every request has a reason and a last day, and stands in the list of all of
    them, ``outsourcing.dual.request``.

    ``_dual_groups``
        XML ids of the groups that approve and refuse, beside the manager group of
        the tier review. Empty: the tiers alone say who decides.

    A model declares ``company_id`` and its content fields, and does what was asked
    for in ``_on_enter_approved``, by functions of the module, since evaluated code
    can call methods. For more conditions it extends ``_dual_get_submit_reason`` and
    ``_dual_get_approve_reason``.
    """

    _name = "outsourcing.dual.request.mixin"
    _description = "Two-Person Request"
    _inherit = ["outsourcing.tier.mixin", "outsourcing.dual.head.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _cancel_state = "refused"
    _tier_requester_fields = ("requester_id",)
    _tier_refuse_verb = "refuse"
    _flow_transitions = {
        "draft": {"submitted", "refused"},
        "submitted": {"approved", "refused", "expired"},
        "approved": set(),
        "refused": set(),
        "expired": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "approved": "approve",
        "refused": "refuse",
        "expired": "expire",
    }
    _flow_required = {
        "submitted": ("reason", "expiry_date"),
        "refused": ("refuse_reason",),
    }
    # Whoever asks is the first of the two persons.
    _flow_personal = PERSONAL_VERBS | {"submit"}
    _flow_content_fields = frozenset({"company_id", "expiry_date", "reason"})
    _flow_content_states = frozenset({"draft"})
    _dual_groups = ()
    _dual_living_states = frozenset({"submitted"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("expired", "Expired"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    requester_id = fields.Many2one(default=lambda self: self.env.user)
    expiry_date = fields.Date(
        default=lambda self: self._dual_last_day(self.env.company)
    )
    refuse_reason = fields.Text(readonly=True, copy=False)

    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        for request in requests:
            server_write(request, {"requester_id": self.env.uid})
        return requests

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {
            "approved_at",
            "approved_by_id",
            "refuse_reason",
            "refused_at",
            "refused_by_id",
            "requester_id",
        }

    def _on_enter_submitted(self, origins):
        self.request_validation()

    def _on_enter_approved(self, origins):
        """Stamp who approved; models do what was asked for after ``super()``."""
        check_entering(self, "approved")
        server_write(
            self,
            {"approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()},
        )

    def _on_enter_refused(self, origins):
        check_entering(self, "refused")
        server_write(
            self,
            {"refused_by_id": self.env.uid, "refused_at": fields.Datetime.now()},
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Ask for the decision."""
        return self._take_step("submitted")

    def action_approve(self):
        """Settle the own open reviews; the last one approves the document."""
        return self._tier_approve()

    def action_refuse(self, reason):
        """Refuse or withdraw the request, with the reason."""
        return self._tier_refuse("refused", "refuse_reason", reason)

    def action_open_refuse_wizard(self):
        """Ask for the reason of the refusal."""
        self.check_access("read")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_refuse", self.env._("Why is it refused?")
        )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        if self._flow_is_system():
            return {}
        reasons = {}
        for request in self:
            if request.requester_id != self.env.user:
                reason = self.env._(
                    "only %s, who wrote the request, submits it.",
                    request.requester_id.name,
                )
            elif request._dual_is_past():
                reason = self.env._("its last day has passed. Set a later one.")
            else:
                reason = request._dual_get_submit_reason()
            if reason:
                reasons[request.id] = reason
        return reasons

    def _get_cannot_approve_reason(self):
        if self._flow_is_system():
            return {}
        reasons = {}
        for request in self:
            groups = (*request._dual_groups, request._tier_manager_group)
            reason = ""
            named = is_about_to_decide(request) or request._tier_stands_in(*groups)
            if request._dual_groups and not named:
                reason = request._flow_reason_unless_in(*groups).get(request.id)
            if not reason and self.env.user in request._tier_get_excluded_users():
                reason = self.env._(
                    "you asked for it, edited it or take part in what it is about, so "
                    "somebody else must approve it."
                )
            if not reason and request._dual_is_past():
                reason = self.env._("it has expired. Make a new request.")
            if reason := reason or request._dual_get_approve_reason():
                reasons[request.id] = reason
        return reasons

    def _get_cannot_refuse_reason(self):
        """Whoever asked takes it back, whoever decides or stands in refuses."""
        if self._flow_is_system():
            return {}
        reasons = {}
        for request in self.filtered(lambda item: item.requester_id != self.env.user):
            if request._tier_takes_part("refuse"):
                continue
            if request._dual_groups:
                reasons |= request._flow_reason_unless_in(*request._dual_groups)
                continue
            # sudo: the reviewers of the request are judged, not shown.
            reviews = request.sudo().review_ids
            if all(
                self.env.user not in review._tier_get_own_reviewers()
                for review in reviews
            ):
                reasons[request.id] = self.env._(
                    "only its requester or its reviewers stop it."
                )
        return reasons

    def _dual_get_submit_reason(self):
        """Say what else keeps the request from being made, or return an empty string.

        :rtype: str
        """
        self.ensure_one()
        return ""

    def _dual_get_approve_reason(self):
        """Say what else keeps the request from being approved, or an empty string.

        :rtype: str
        """
        self.ensure_one()
        return ""


class OutsourcingDualRequest(models.Model):
    """One list of every request that one person makes and others decide on.

    A row is read by those who may read its request, and written by nobody: requests
    are made and decided on their own documents, which ``action_open`` shows.
    """

    _name = "outsourcing.dual.request"
    _description = "Two-Person Request"
    _inherit = ["outsourcing.log.mixin"]
    _auto = False
    _log_access = False
    _order = "requested_at desc, id desc"
    _rec_name = "res_model"

    res_model = fields.Selection(
        selection="_select_models", string="Kind", readonly=True
    )
    summary = fields.Char(string="What", compute="_compute_summary")
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    requester_id = fields.Many2one(
        comodel_name="res.users", string="Requester", readonly=True
    )
    requested_at = fields.Datetime(string="Requested On", readonly=True)
    decided_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided By", readonly=True
    )
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    reason = fields.Text(readonly=True)
    expiry_date = fields.Date(string="Last Day", readonly=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("used", "Used"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("void", "Void"),
        ],
        string="Status",
        readonly=True,
    )

    # ------------------------------------------------------------
    # TABLE
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        """Return the requests of all models, under a head that fixes the types."""
        head = SQL(
            """
            SELECT NULL::bigint AS id, NULL::varchar AS res_model,
                   NULL::integer AS res_id, NULL::integer AS company_id,
                   NULL::integer AS requester_id, NULL::timestamp AS requested_at,
                   NULL::integer AS decided_by_id, NULL::timestamp AS decided_at,
                   NULL::text AS reason, NULL::date AS expiry_date,
                   NULL::varchar AS state
             WHERE FALSE
            """
        )
        names = self._get_request_models()
        return SQL(" UNION ALL ").join([head, *map(self._prepare_select, names)])

    @api.model
    def _prepare_select(self, name):
        """Return the query of the requests of the model ``name``."""
        Request = self.env[name]
        columns = Request._dual_list_columns(
            lambda field: SQL.identifier("r", field, to_flush=Request._fields[field])
        )
        return SQL(
            """
            SELECT r.id::bigint * %(factor)s + %(model_id)s, %(name)s,
                   r.id, %(company)s, %(requester)s, r.create_date,
                   %(decided_by)s, %(decided_at)s,
                   %(reason)s, %(expiry)s,
                   COALESCE(%(states)s::jsonb ->> %(state)s, %(state)s)
              FROM %(table)s r
             WHERE %(condition)s
            """,
            **columns,
            factor=MODEL_IDS,
            model_id=self.env["ir.model"]._get_id(name),
            name=name,
            states=json.dumps(dict(Request._dual_list_states)),
            condition=Request._dual_list_condition(),
            table=SQL.identifier(Request._table),
        )

    @api.model
    def _get_request_models(self):
        """Return the names of the models that hold such requests, sorted."""
        mixin = self.env.registry["outsourcing.dual.head.mixin"]
        return sorted(
            name
            for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract
        )

    @api.model
    def _select_models(self):
        return [
            (name, self.env["ir.model"]._get(name).name or name)
            for name in self._get_request_models()
        ]

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("res_model", "res_id")
    def _compute_summary(self):
        for name, rows in self.grouped("res_model").items():
            requests = self.env[name].browse(rows.mapped("res_id"))
            for row, request in zip(rows, requests, strict=True):
                row.summary = request._dual_get_summary()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open(self):
        """Show the request itself."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_expire(self):
        """End the requests of every model whose last day has passed."""
        for name in self._get_request_models():
            self.env[name]._dual_expire()
            self.env["ir.cron"]._commit_progress(1)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _append_only_message(self):
        return self.env._(
            "This list only shows requests. Make and decide a request on its own "
            "document."
        )
