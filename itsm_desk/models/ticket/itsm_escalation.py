from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import is_granted, spend
from ..base.selections import SUPPORT_LEVELS
from ..base.uninstall import guards_deletion
from ..reader.itsm_ticket_reader import sync_readers

ESCALATION_KINDS = [("functional", "Functional"), ("hierarchical", "Hierarchical")]


class ItsmEscalation(models.Model):
    """A call for another level to take over a ticket: who, to whom, why, accepted when.

    A call waits until somebody takes the ticket over. It is superseded by the next
    call, or by the end of the work: whoever was called has no part in the ticket then.

    Written by the ticket's own verbs only and never changed by hand: the list of
    a ticket's escalations is its history.
    """

    _name = "itsm.escalation"
    _description = "Escalation"
    _order = "create_date desc, id desc"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id",
        store=True,
        index=True,
    )
    kind = fields.Selection(
        selection=ESCALATION_KINDS,
        required=True,
        default="functional",
        help="Functional: to people who know more. Hierarchical: to people who "
        "decide more.",
    )
    from_level = fields.Selection(selection=SUPPORT_LEVELS)
    from_team_id = fields.Many2one(
        comodel_name="itsm.team", string="From Team", check_company=True
    )
    from_user_id = fields.Many2one(comodel_name="res.users", string="From Person")
    to_level = fields.Selection(selection=SUPPORT_LEVELS, required=True)
    to_team_id = fields.Many2one(
        comodel_name="itsm.team",
        string="To Team",
        index=True,
        check_company=True,
    )
    to_user_id = fields.Many2one(comodel_name="res.users", string="To Person")
    reason = fields.Text(required=True)
    escalated_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalated by",
        required=True,
    )
    accepted_by_id = fields.Many2one(comodel_name="res.users", string="Accepted by")
    accepted_at = fields.Datetime(string="Accepted on")
    superseded_at = fields.Datetime(
        string="Superseded on",
        help="When another call took its place, or the work ended.",
    )
    state = fields.Selection(
        selection=[
            ("waiting", "Waiting"),
            ("accepted", "Accepted"),
            ("superseded", "Superseded"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("accepted_at", "superseded_at")
    def _compute_state(self):
        for call in self:
            if call.accepted_at:
                call.state = "accepted"
            else:
                call.state = "superseded" if call.superseded_at else "waiting"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_granted("create")
        calls = super().create(vals_list)
        # sudo: whoever is called reads the ticket, whatever the caller may read
        sync_readers(calls.sudo().ticket_id)
        return calls

    def write(self, vals):
        self._check_granted("write")
        result = super().write(vals)
        # sudo: likewise whoever is called no more
        sync_readers(self.sudo().ticket_id)
        return result

    @guards_deletion
    def _unlink_except_history(self):
        self._check_granted("unlink")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_granted(self, operation):
        """Refuse everybody but the verbs of the ticket."""
        if not is_granted(self, operation):
            raise AccessError(
                self.env._(
                    "Escalations are recorded by the ticket itself. Use its buttons "
                    '"Escalate" and "Take".'
                )
            )
        spend(self, operation)
