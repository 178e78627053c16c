from odoo import api, models
from odoo.fields import Domain

SUPERVISOR = "itsm_desk.group_itsm_supervisor"


class MailActivity(models.Model):
    """An activity on a ticket never waits for somebody who has left."""

    _inherit = "mail.activity"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._itsm_hand_on(vals) for vals in vals_list])

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _itsm_hand_on(self, vals):
        """Return the values with the next who may act, where the user has left."""
        # sudo: whoever schedules need not read other users and the ticket.
        env = self.sudo().env
        user = env["res.users"].browse(vals.get("user_id") or [])
        model = env["ir.model"].browse(vals.get("res_model_id") or []).model
        if not user or user.active or model != "itsm.ticket":
            return vals
        ticket = env[model].browse(vals.get("res_id") or [])
        successor = find_next_user(ticket, user)
        return {**vals, "user_id": successor.id} if successor else vals


def find_next_user(ticket, user):
    """Return who acts on a ticket in place of a user who has left, or nobody.

    The owner, the leader of the team, its members, then the supervisors.

    :param ticket: one ticket, with sudo
    """
    team = ticket.team_id
    candidates = (
        *ticket.user_id,
        *team.leader_id,
        *team.member_ids,
        *ticket.env.ref(SUPERVISOR).all_user_ids.sorted("id"),
    )
    for candidate in candidates:
        if candidate != user and may_act(ticket, candidate):
            return candidate
    return user.browse()


def may_act(ticket, user):
    """Whether a user is there, and reads the ticket by own rights."""
    return bool(find_readable(ticket, user))


def find_readable(tickets, user):
    """Return the tickets that a user who is there reads by own rights."""
    if not user.active or user.share:
        return tickets.browse()
    # sudo: none; whether the user may read the tickets by own rights.
    mine = tickets.with_user(user).sudo(False)
    mine = mine.with_context(allowed_company_ids=user.company_ids.ids)
    return mine._filtered_access("read").with_env(tickets.env)


def hand_on_activities(users):
    """Give the open activities of users who may not act any more to the next who may.

    They have left, or lost the role or company by which they read the ticket. All
    people lose a group where a feature is switched off in the settings: what each of
    them may still read is one question.
    """
    # sudo: whoever archives users need not read activities and tickets.
    activities = users.env["mail.activity"].sudo()
    found = activities.search(
        Domain("user_id", "in", users.ids) & Domain("res_model", "=", "itsm.ticket")
    )
    for user, own in found.grouped("user_id").items():
        tickets = own.env["itsm.ticket"].browse(set(own.mapped("res_id"))).exists()
        lost = {one.id: one for one in tickets - find_readable(tickets, user)}
        for activity in own.filtered(lambda one, lost=lost: one.res_id in lost):
            if successor := find_next_user(lost[activity.res_id], user):
                activity.user_id = successor
