from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write


class VendorQualityRequestMixin(models.AbstractModel):
    """A request that one person writes and another of quality finance approves.

    draft -> submitted -> approved or refused; what the request permits, and what
    follows from the approval, is the model's own. The requester is whoever created
    it and never approves.

    ``_request_sequence``
        Code of the sequence that numbers the requests in ``name``, if they have one.
    """

    _name = "vendor.quality.request.mixin"
    _description = "Request to Quality Finance"
    _inherit = ["outsourcing.tier.mixin", "mail.thread", "mail.activity.mixin"]

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _tier_requester_fields = ("requester_id",)
    _tier_manager_group = "vendor_quality.group_quality_manager"
    _flow_content_states = frozenset({"draft"})
    _flow_required = {"refused": ("refuse_reason",)}
    _request_sequence = ""

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    reason = fields.Text(tracking=True)
    requester_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
        index=True,
    )
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_at = fields.Datetime(readonly=True, copy=False)
    refuse_reason = fields.Text(readonly=True, copy=False)

    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        for request in requests:
            values = {"requester_id": self.env.uid}
            if code := self._request_sequence:
                # sudo: to take a number needs no right of the user.
                sequence = self.env["ir.sequence"].sudo()
                sequence = sequence.with_company(request.company_id)
                values["name"] = sequence.next_by_code(code) or "/"
            server_write(request, values)
        return requests

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _on_enter_approved(self, origins):
        """Stamp who approved; models do what follows after ``super()``."""
        server_write(
            self,
            {"approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()},
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Ask quality finance."""
        return self.write({"state": "submitted"})

    def action_approve(self):
        """Approve the request; what was asked for follows at once."""
        return self.write({"state": "approved"})

    def action_refuse(self, reason):
        """Refuse the request, with the reason."""
        return self._take_step("refused", refuse_reason=reason)

    def action_open_refuse_wizard(self):
        """Ask for the reason of the refusal."""
        self.check_access("read")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_refuse", self.env._("Why is it refused?")
        )
