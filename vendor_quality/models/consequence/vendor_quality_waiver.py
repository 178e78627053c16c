from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

VALID_DAYS = 30


class VendorQualityWaiver(models.Model):
    """Lets one document pass although the vendor's standing blocks it.

    draft -> submitted -> approved -> used; or refused, expired, or void. It is
    good for one invitation, award, order or contract of the vendor, until its last
    day, and binds itself to the first document that needs it, as it is then.

    =========  =====================  =========================================
    step       who                    but not
    =========  =====================  =========================================
    request    quality manager
    submit     the requester
    approve    quality finance        requester, last editor
    refuse     quality finance        the requester
    void       manager, finance       once used
    use        the server itself      for a second document, after the last day,
                                      against a parent company's standing
    =========  =====================  =========================================
    """

    _name = "vendor.quality.waiver"
    _description = "Waiver of a Vendor Block"
    _inherit = ["vendor.quality.request.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _cancel_state = "void"
    _request_sequence = "vendor.quality.waiver"

    _flow_transitions = {
        "draft": {"submitted", "void"},
        "submitted": {"approved", "refused", "expired", "void"},
        "approved": {"used", "expired", "void"},
        "used": set(),
        "refused": set(),
        "expired": set(),
        "void": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "approved": "approve",
        "refused": "refuse",
        "used": "use",
        "expired": "expire",
        "void": "void",
    }
    _flow_required = {
        "submitted": ("reason", "expiry_date"),
        "refused": ("refuse_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "approved_at",
            "approved_by_id",
            "name",
            "refuse_reason",
            "requester_id",
            "used_at",
            "used_by_id",
            "used_content",
            "used_id",
            "used_model",
            "used_name",
        }
    )
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_id",
            "expiry_date",
            "kind",
            "partner_id",
            "reason",
        }
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(default="/", readonly=True, copy=False)
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
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="Covers standings of this company and its branches.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_commercial_partner_id",
        string="Company of the Vendor",
        store=True,
        precompute=True,
        index=True,
    )
    kind = fields.Selection(
        selection=[
            ("invitation", "One invitation"),
            ("award", "One award"),
            ("order", "One purchase order"),
            ("contract", "One contract without tender"),
        ],
        required=True,
        default="order",
        tracking=True,
        help="What is let through once. A contract without tender is a direct one, a "
        "renewal, or an amendment that adds to the amount or puts off the end.",
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="Only this contract, its renewal or its amendments may use the waiver.",
    )
    expiry_date = fields.Date(
        string="Last Day",
        default=lambda self: (
            self.env.company._outsourcing_today() + timedelta(days=VALID_DAYS)
        ),
        tracking=True,
        help="Last day on which an approved waiver may be used.",
    )
    used_model = fields.Char(readonly=True, copy=False)
    used_id = fields.Many2oneReference(
        model_field="used_model", string="Used Record", readonly=True, copy=False
    )
    used_content = fields.Char(readonly=True, copy=False)
    used_name = fields.Char(string="Used For", readonly=True, copy=False)
    used_at = fields.Datetime(string="Used On", readonly=True, copy=False)
    used_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)

    can_void = fields.Boolean(compute="_compute_flow_can")

    _live_idx = models.Index(
        "(commercial_partner_id, kind) WHERE state IN ('approved', 'used')"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_commercial_partner_id(self):
        """Keep the vendor that was approved, wherever the contact moves later."""
        for waiver in self:
            waiver.commercial_partner_id = waiver.partner_id.commercial_partner_id

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("company_id", "contract_id", "partner_id")
    def _check_contract(self):
        """A company waives for its branches, which check_company does not know."""
        for waiver in self.sudo():
            contract = waiver.contract_id
            if contract and (
                contract.commercial_partner_id != waiver.commercial_partner_id
                or waiver.company_id not in contract.company_id.parent_ids
            ):
                raise ValidationError(
                    self.env._(
                        "%(contract)s is no contract of %(vendor)s with %(company)s "
                        "or a branch.",
                        contract=contract.display_name,
                        vendor=waiver.commercial_partner_id.display_name,
                        company=waiver.company_id.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_void(self):
        """Withdraw the request or the waiver before it is used."""
        return self.write({"state": "void"})

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "submitted":
            self.request_validation()
        return result

    def _get_cannot_submit_reason(self):
        reasons = {}
        for waiver in self:
            if waiver.requester_id != self.env.user:
                reasons[waiver.id] = self.env._(
                    "only %s, who wrote the request, submits it.",
                    waiver.requester_id.name,
                )
            elif not waiver._flow_user_in("vendor_quality.group_quality_manager"):
                reasons[waiver.id] = self.env._("only a quality manager requests it.")
            elif waiver._is_past():
                reasons[waiver.id] = self.env._("its last day has passed.")
        return reasons

    def _get_cannot_approve_reason(self):
        reasons = {}
        for waiver in self:
            if not waiver._flow_user_in(
                "vendor_quality.group_quality_finance", waiver._tier_manager_group
            ):
                reasons[waiver.id] = self.env._("only quality finance approves it.")
            elif self.env.user in waiver._tier_get_excluded_users():
                reasons[waiver.id] = self.env._(
                    "you requested or edited it, so somebody else must approve it."
                )
            elif waiver._is_past():
                reasons[waiver.id] = self.env._("it has expired. Make a new request.")
        return reasons

    def _get_cannot_refuse_reason(self):
        if not self._flow_user_in("vendor_quality.group_quality_finance"):
            return dict.fromkeys(
                self.ids, self.env._("only quality finance refuses it.")
            )
        return {
            waiver.id: self.env._("you requested it. Void it instead.")
            for waiver in self
            if waiver.requester_id == self.env.user
        }

    def _get_cannot_void_reason(self):
        if self._flow_user_in(
            "vendor_quality.group_quality_manager",
            "vendor_quality.group_quality_finance",
        ):
            return {}
        return dict.fromkeys(
            self.ids, self.env._("a quality manager or quality finance voids it.")
        )

    def _get_cannot_use_reason(self):
        return self._get_server_only_reason()

    def _get_cannot_expire_reason(self):
        return self._get_server_only_reason()

    def _get_server_only_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("the server does this by itself when the time comes.")
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_past(self):
        self.ensure_one()
        today = self.company_id._outsourcing_today()
        return bool(self.expiry_date and self.expiry_date < today)

    @api.model
    def _cron_expire(self):
        """Expire what was not used until its last day."""
        pending = self.search([("state", "in", ("submitted", "approved"))])
        server_write(
            pending.filtered(lambda item: item._is_past()), {"state": "expired"}
        )
