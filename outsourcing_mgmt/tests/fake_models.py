"""Fake models; imported by the tests that register them, and by nothing else."""

from odoo import fields, models

from ..models.base.grants import server_write


class OutsourcingFakeDocument(models.Model):
    _name = "outsourcing.fake.document"
    _description = "Fake Document"
    _inherit = ["outsourcing.tier.mixin", "mail.thread"]

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("requester_id",)
    _tier_refuse_verb = "refuse"
    _flow_transitions = {
        "draft": {"submitted", "cancelled"},
        "submitted": {"draft", "approved", "refused", "cancelled"},
        "approved": {"draft", "done"},
        "refused": {"draft"},
        "done": set(),
        "cancelled": set(),
    }
    _flow_verbs = {"approved": "approve", "refused": "refuse", "done": "finish"}
    _flow_required = {"refused": ("reason",)}
    _flow_system_fields = frozenset({"done_by_id"})
    _flow_content_fields = frozenset({"amount", "line_ids"})
    _flow_content_states = frozenset({"draft", "submitted"})

    name = fields.Char()
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        copy=False,
        required=True,
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    requester_id = fields.Many2one("res.users")
    amount = fields.Float()
    reason = fields.Char()
    done_by_id = fields.Many2one("res.users", copy=False)
    entered = fields.Char()
    line_ids = fields.One2many("outsourcing.fake.line", "document_id")
    can_refuse = fields.Boolean(compute="_compute_flow_can")
    can_finish = fields.Boolean(compute="_compute_flow_can")

    def _get_cannot_approve_reason(self):
        return {
            document.id: "the hearing runs." for document in self if document.amount < 0
        }

    def _get_cannot_finish_reason(self):
        return {
            document.id: "the amount is missing."
            for document in self
            if not document.amount
        }

    def _on_step(self, target, origins):
        server_write(self, {"entered": target})


class OutsourcingFakeLine(models.Model):
    _name = "outsourcing.fake.line"
    _description = "Fake Line"
    _inherit = ["outsourcing.flow.line.mixin"]

    _flow_parent = "document_id"
    _flow_parent_lines = "line_ids"

    document_id = fields.Many2one("outsourcing.fake.document", ondelete="cascade")
    name = fields.Char()


class OutsourcingStockDocument(models.Model):
    """A document on stock OCA: what it lets through, ours must refuse."""

    _name = "outsourcing.stock.document"
    _description = "Stock Tier Document"
    _inherit = ["tier.validation"]

    _state_from = ["draft"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"

    name = fields.Char()
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("cancelled", "Cancelled")],
        default="draft",
        copy=False,
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    amount = fields.Float()
