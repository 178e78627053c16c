import logging
from itertools import chain

from odoo import api, fields, models
from odoo.fields import Command

from ..base.grants import server_write
from ..duty.on_duty import get_absent

_logger = logging.getLogger(__name__)


class ItsmApprovedMixin(models.AbstractModel):
    """A ticket that waits for the requester's manager, but not for ever.

    Asked are, one after the other, the manager of the employee, his deputy, the head of
    the department, his deputy, and in the end the managers of the desk. Who is on leave
    comes last. The company says after how many working days the next one is asked.
    """

    _name = "itsm.approved.mixin"
    _description = "Waits for Approval"

    approve_until = fields.Datetime(
        string="Approve by",
        copy=False,
        readonly=True,
        help="Without a decision by then the next one is asked: the deputy of the "
        "manager, the head of the department, the managers of the desk.",
    )
    asked_user_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_ticket_asked_user_rel",
        column1="ticket_id",
        column2="user_id",
        string="Asked to Approve",
        copy=False,
        readonly=True,
        help="Who was asked since the ticket waits: nobody is asked twice.",
    )

    _approve_until_idx = models.Index(
        "(approve_until) WHERE state = 'waiting_approval' AND approve_until IS NOT NULL"
    )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_pass_approvals(self, limit=100):
        """Ask the next one, where the time to approve has passed."""
        domain = [
            ("state", "=", "waiting_approval"),
            ("approve_until", "<=", fields.Datetime.now()),
        ]
        done = set()
        while tickets := self.search(
            [*domain, ("id", "not in", list(done))],
            order="approve_until, id",
            limit=limit,
        ):
            done.update(tickets.ids)
            for ticket in tickets.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        ticket._pass_approval_on()
                except Exception:
                    _logger.exception("Ticket %s: nobody was asked next", ticket.id)
            left = self.search_count([*domain, ("id", "not in", list(done))])
            if not self.env["ir.cron"]._commit_progress(len(tickets), remaining=left):
                break

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_approver_chains(self):
        """Return ``{ticket id: users}`` who may approve, in the order of asking."""
        employees = self._get_requester_employees()
        people = {}
        for ticket in self:
            employee = employees.get((ticket.partner_id.id, ticket.company_id.id))
            heads = ()
            if employee:
                heads = (employee.parent_id, employee.department_id.manager_id)
            people[ticket.id] = [
                user
                for head in heads
                for user in (head.user_id, head.itsm_deputy_id.user_id)
                if user and ticket._may_decide(user)
            ]
        away = get_absent(self.env["res.users"].union(*chain(*people.values())))
        users = self.env["res.users"]
        return {
            ticket_id: users.union(*sorted(found, key=lambda user: user in away))
            for ticket_id, found in people.items()
        }

    def _ask_approver(self, approver, before=None):
        """Store who decides, until when, and give them an activity.

        :param approver: a user, or none: the managers of the desk decide
        :param before: users who were asked before, since the ticket waits
        """
        asked = approver | before if before else approver
        now = fields.Datetime.now()
        for ticket in self:
            days = ticket.company_id.itsm_approval_days
            until = approver and days and ticket._get_day_limit(now, days)
            server_write(
                ticket,
                {
                    "approver_id": approver.id,
                    "approve_until": until or False,
                    "asked_user_ids": [Command.set(asked.ids)],
                },
            )
            for decider in approver or ticket._get_manager_deciders():
                ticket.activity_schedule(
                    "itsm_desk.mail_activity_type_approval",
                    user_id=decider.id,
                    summary=self.env._("Approve or refuse: %s", ticket.subject),
                )

    def _pass_approval_on(self):
        """Ask the next one instead of who has not decided in time.

        That is the first one who was not asked yet: the order changes with every
        leave, and whoever was asked may stand behind the others by now.
        """
        self.ensure_one()
        asked = self.approver_id
        before = self.asked_user_ids | asked
        following = (self._get_approver_chains()[self.id] - before)[:1]
        self.activity_unlink(["itsm_desk.mail_activity_type_approval"])
        self._ask_approver(following, before)
        self._message_log(
            body=self.env._(
                "%(asked)s has not decided in time. Asked now: %(following)s.",
                asked=asked.name,
                following=following.name or self.env._("managers of the desk"),
            )
        )
