from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from .outsourcing_contract import SETUP_STATES


class OutsourcingContract(models.Model):
    """The end of the gate: when an ended contract no longer governs later bills.

    By itself when its last form is billed in full; when less is billed, two
    persons settle the contract.
    """

    _inherit = "outsourcing.contract"

    vendor_quality_settled_at = fields.Datetime(
        string="Quality Settled On",
        readonly=True,
        copy=False,
        help="From then on, bills after the end of the contract need no quality form.",
    )
    vendor_quality_settled_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Quality Settled By",
        readonly=True,
        copy=False,
    )
    can_vendor_quality_settle = fields.Boolean(
        compute="_compute_can_vendor_quality_settle"
    )

    def _compute_can_vendor_quality_settle(self):
        allowed = self.env["vendor.quality.gate.change"].has_access("create")
        for contract in self:
            contract.can_vendor_quality_settle = (
                allowed and not contract._vendor_quality_get_unsettled()
            )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {
            "vendor_quality_settled_at",
            "vendor_quality_settled_by_id",
        }

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_vendor_quality_settle(self, reason):
        """Ask quality finance to end the gate of the contract; return the request."""
        Change = self.env["vendor.quality.gate.change"]
        if not Change.has_access("create"):
            raise AccessError(
                self.env._(
                    "%s: an accountant or a quality manager asks to settle a contract, "
                    "and quality finance approves it.",
                    ", ".join(self.mapped("display_name")),
                )
            )
        requests = Change.create(
            [
                {"kind": "settle", "contract_id": contract.id, "reason": reason}
                for contract in self
            ]
        )
        requests.action_submit()
        return requests._get_records_action(name=self.env._("Settlement"))

    def action_open_vendor_quality_settle(self):
        """Open a new request, to write the reason in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settle the Contract"),
            "res_model": "vendor.quality.gate.change",
            "view_mode": "form",
            "context": {
                "default_kind": "settle",
                "default_contract_id": self.id,
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_get_unsettled(self):
        """Return why the contract cannot be settled, or an empty text."""
        self.ensure_one()
        end = self.termination_date or self.date_end
        if not self.vendor_quality_template_id or self.state in SETUP_STATES:
            return self.env._("%s has no quality forms.", self.display_name)
        if self.vendor_quality_settled_at:
            return self.env._("%s is settled already.", self.display_name)
        if not end or end >= fields.Date.context_today(self):
            return self.env._(
                "%(contract)s has not ended (%(end)s). Its bills need their forms.",
                contract=self.display_name,
                end=format_date(self.env, end) if end else self.env._("no end"),
            )
        return ""

    def _vendor_quality_settle(self, now):
        """Take note that two persons settled the contract, and release its bills."""
        server_write(
            self,
            {
                "vendor_quality_settled_at": now,
                "vendor_quality_settled_by_id": self.env.uid,
            },
        )
        holds = self.env["vendor.quality.hold"].search(
            [
                ("contract_id", "in", self.ids),
                ("state", "=", "active"),
                ("stage", "in", ("post", "payment")),
            ]
        )
        if holds:
            self.env["vendor.quality.gate"].sudo()._refresh(holds.move_id)
