from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import is_granted, spend
from ..base.selections import SUPPORT_LEVELS
from ..base.uninstall import guards_deletion

ESCALATION_KINDS = [("functional", "Functional"), ("hierarchical", "Hierarchical")]


class ItsmEscalation(models.Model):
    """A call for another level to take over a ticket: who, to whom, why, accepted when.

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

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_granted("create")
        return super().create(vals_list)

    def write(self, vals):
        self._check_granted("write")
        return super().write(vals)

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
