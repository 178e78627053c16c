from odoo import fields, models

MANAGER = "vendor_quality.group_quality_manager"
FINANCE = "vendor_quality.group_quality_finance"


class VendorQualityPermitMixin(models.AbstractModel):
    """A request to quality finance whose approval lets something pass once.

    draft -> submitted -> approved -> used; or refused, expired, or void. An approved
    permit expires, too, when it is not used until its last day. The server alone uses
    it and lets it expire.

    =========  =====================  =========================================
    step       who                    but not
    =========  =====================  =========================================
    submit     the requester          after the last day
    approve    quality finance        requester, last editor
    refuse     quality finance        the requester
    use        the server itself      after the last day
    =========  =====================  =========================================
    """

    _name = "vendor.quality.permit.mixin"
    _description = "Request to Let Pass Once"
    _inherit = ["outsourcing.dual.request.mixin"]

    _cancel_state = "void"
    _tier_manager_group = MANAGER
    _dual_groups = (FINANCE,)
    _dual_living_states = frozenset({"submitted", "approved"})
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

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(default="/", readonly=True, copy=False)
    state = fields.Selection(
        selection_add=[
            ("approved",),
            ("used", "Used"),
            ("refused",),
            ("expired",),
            ("void", "Void"),
        ],
        ondelete={"used": "set default", "void": "set default"},
    )
    expiry_date = fields.Date(
        help="Last day on which it may be approved, and used once it is approved."
    )

    can_void = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_void(self):
        """Withdraw the request, or what it permits, before it is used."""
        return self._take_step("void")

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_refuse_reason(self):
        if self._flow_is_system():
            return {}
        others = self.filtered(lambda permit: not permit._tier_takes_part("refuse"))
        reasons = others._flow_reason_unless_in(FINANCE)
        for permit in self - others.browse(reasons):
            if permit.requester_id == self.env.user:
                reasons[permit.id] = self.env._("you requested it. Void it instead.")
        return reasons

    def _get_cannot_use_reason(self):
        return self._dual_get_server_only_reason()
