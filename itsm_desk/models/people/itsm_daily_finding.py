from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.mail_words import says_something
from ...tools.one_record import check_one
from ..base.grants import is_server_act, spend
from ..base.uninstall import guards_deletion

KINDS = [
    ("unowned", "Without Owner"),
    ("overdue", "Overdue"),
    ("silent", "Requester Heard Nothing"),
    ("paused", "Paused Too Long"),
    ("form", "Nothing Written Down"),
    ("rating", "Rated Badly"),
    ("escalation", "Escalation Not Accepted"),
    ("article", "Article Out of Date"),
    ("mail", "Mail Not Filed"),
]
ACTS = [
    ("taken_up", "Talked to who owns it"),
    ("reassigned", "Given to somebody else"),
    ("escalated", "Escalated to another level"),
    ("requester", "Told the requester"),
    ("planned", "Planned for a day"),
    ("none", "Nothing is needed"),
]
ANSWER = frozenset({"act", "remark"})


class ItsmDailyFinding(models.Model):
    """Something that a query found in the morning, and what the lead does about it.

    The finding is written by the server and stays; remark and act are written by
    whoever may sign the check, until it is signed or its day is over.
    """

    _name = "itsm.daily.finding"
    _description = "Finding of a Daily Check"
    _order = "check_id desc, kind, id"
    _rec_name = "detail"
    _check_company_auto = True

    check_id = fields.Many2one(
        comodel_name="itsm.daily.check",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="check_id.company_id", store=True)
    team_id = fields.Many2one(related="check_id.team_id", store=True, index=True)
    day = fields.Date(related="check_id.day", store=True)
    kind = fields.Selection(
        selection=KINDS, string="Finding", required=True, readonly=True
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    article_id = fields.Many2one(
        comodel_name="itsm.article",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    mail_id = fields.Many2one(
        comodel_name="itsm.inbound.mail",
        string="Mail",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    owner_id = fields.Many2one(
        related="ticket_id.user_id", string="Owner", related_sudo=False
    )
    detail = fields.Char(string="Proof", required=True, readonly=True)
    act = fields.Selection(selection=ACTS, help="What is done about it today.")
    remark = fields.Char(help="Why it is so, and what comes next.")
    is_answered = fields.Boolean(
        string="Answered", compute="_compute_is_answered", store=True
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("act", "remark")
    def _compute_is_answered(self):
        for finding in self:
            finding.is_answered = bool(finding.act and says_something(finding.remark))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(self._proved_message())
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        if not ANSWER.issuperset(vals):
            raise AccessError(self._proved_message())
        self.check_access("write")
        self.check_id._check_answering()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_proved(self):
        raise UserError(self._proved_message())

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open(self):
        """Open the ticket, the article or the mail that it is about."""
        check_one(self)
        self.check_access("read")
        record = self.ticket_id or self.article_id or self.mail_id
        if not record:
            raise UserError(
                self.env._("Open the list of tickets: the rest is found there.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _proved_message(self):
        return self.env._(
            "A finding was proved by a query and stays as it is; act and remark are "
            "written beside it."
        )
