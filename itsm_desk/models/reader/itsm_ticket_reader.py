from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import (
    is_custom_only,
    is_server_act,
    server_create,
    server_unlink,
    spend,
)
from ..base.uninstall import guards_deletion
from ..event.recording import file_first

ROLES = [
    ("requester", "Requester"),
    ("approver", "Approver"),
    ("owner", "Owner"),
    ("collaborator", "Collaborator"),
    ("called", "Called by an Escalation"),
    ("team", "Team"),
]


def sync_readers(tickets, is_new=False):
    """Let the readers of ``tickets`` be those that their people say.

    :param tickets: in sudo
    :param bool is_new: whether they were just created, without readers
    """
    readers = tickets.env["itsm.ticket.reader"]
    known = {}
    if not is_new:
        file_first(tickets)
        found = readers.search_fetch(
            [("ticket_id", "in", tickets.ids)],
            ["ticket_id", "role", "partner_id", "team_id"],
        )
        for row in found:
            key = row.role, row.partner_id.id, row.team_id.id
            known.setdefault(row.ticket_id.id, {})[key] = row
    gone, rows = readers.browse(), []
    for ticket in tickets:
        wanted = _get_wanted(ticket, is_new)
        there = known.get(ticket.id, {})
        for key in there.keys() - wanted:
            gone |= there[key]
        rows += [
            {
                "ticket_id": ticket.id,
                "role": role,
                "partner_id": partner_id,
                "team_id": team_id,
            }
            for role, partner_id, team_id in sorted(wanted - there.keys(), key=str)
        ]
    server_unlink(gone)
    if rows:
        server_create(readers, rows)


def _get_wanted(ticket, is_new):
    """Return the set of ``(role, partner id, team id)`` who read one ticket."""
    people = [
        ("requester", ticket.partner_id),
        ("approver", ticket.approver_id.partner_id),
        ("owner", ticket.user_id.partner_id),
        *(("collaborator", user.partner_id) for user in ticket.collaborator_ids),
    ]
    if not is_new:
        people.append(("called", ticket._get_open_escalation().to_user_id.partner_id))
    wanted = {(role, partner.id, False) for role, partner in people if partner}
    if ticket.team_id:
        wanted.add(("team", False, ticket.team_id.id))
    return wanted


class ItsmTicketReader(models.Model):
    """One reader of a ticket: a person with a part in it, or a team.

    A team stands for its lead and its members, who read what is written on its
    tickets; see ``itsm_team_ids`` of ``res.users``. The record rules of tickets,
    events, clocks, escalations, attempts, work and ratings, and through the ticket
    those of messages and files, look at this table and at nothing else. Managers and
    quality read all of their company, portal users their own by the requester.

    ======  ====================================  ===============================
    Right   Who                                   Restriction
    ======  ====================================  ===============================
    read    technicians, quality, managers        of tickets that they work on
    write   the server (:func:`sync_readers`)     when the people of a ticket change
    ======  ====================================  ===============================
    """

    _name = "itsm.ticket.reader"
    _description = "Reader of a Ticket"
    _order = "ticket_id, id"
    _log_access = False

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket", required=True, ondelete="cascade"
    )
    role = fields.Selection(selection=ROLES, required=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Person", ondelete="cascade"
    )
    team_id = fields.Many2one(comodel_name="itsm.team", ondelete="cascade")

    _one = models.Constraint(
        "CHECK ((partner_id IS NULL) <> (team_id IS NULL))",
        "A reader is a person or a team.",
    )
    # with all that the record rules ask for
    _ticket_idx = models.Index("(ticket_id) INCLUDE (partner_id, team_id)")
    _partner_idx = models.Index("(partner_id, ticket_id) WHERE partner_id IS NOT NULL")
    _team_idx = models.Index("(team_id, ticket_id) WHERE team_id IS NOT NULL")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "team_id")
    def _compute_display_name(self):
        for reader in self:
            # sudo: the name of somebody whom a reader of the ticket sees on it
            known = reader.sudo()
            reader.display_name = (known.partner_id or known.team_id).display_name

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.browse()._check_server()
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        if not is_custom_only(self, vals):
            self._check_server()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_by_people(self):
        self._check_server()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_server(self):
        """Refuse everybody but the code that follows the people of a ticket."""
        if not is_server_act(self):
            raise AccessError(
                self.env._(
                    "Who reads a ticket follows from its people. Its owner calls "
                    "colleagues in as collaborators or escalates it."
                )
            )
