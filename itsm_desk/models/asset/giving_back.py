"""Whoever leaves gives back what he has; whoever signed for it ends the slip first.

Functions, as evaluated code can call methods of records.
"""

from markupsafe import Markup

from odoo.exceptions import UserError

from ..base.grants import server_write
from ..event.recording import get_moment
from .registering import get_cause

RETURN = "itsm_desk.mail_activity_type_equipment_return"
SLIP_RETURN = "itsm_desk.mail_activity_type_handover_return"
MANAGERS = ("maintenance.group_equipment_manager", "itsm_desk.group_itsm_manager")


def call_for_return(employees):
    """Ask for all that people who leave have, once, and list it in their files.

    What they signed for is asked for on its slip, the rest on the equipment.

    :param employees: in sudo
    """
    env = employees.env
    slips, bare = _find_held(employees)
    slips = slips.filtered(lambda slip: not slip.activity_search([SLIP_RETURN]))
    bare = bare.filtered(lambda one: not one.activity_search([RETURN]))
    slips._call_for_return()
    for equipment in bare:
        equipment.activity_schedule(
            RETURN,
            user_id=find_taker(equipment, env["res.users"]).id,
            summary=env._(
                "Take it back from %s, who leaves", equipment.employee_id.name
            ),
        )
    held = {}
    for slip in slips:
        held.setdefault(slip.employee_id, []).append(slip.equipment_id)
    for equipment in bare:
        held.setdefault(equipment.employee_id, []).append(equipment)
    head = env._("Equipment to be given back; whoever takes it was asked:")
    for employee, pieces in held.items():
        rows = Markup("").join(
            Markup("<li>%s</li>") % piece.display_name for piece in pieces
        )
        employee._message_log(body=Markup("<p>%s</p><ul>%s</ul>") % (head, rows))


def end_calls(employees):
    """Ask for nothing any more: they have come back.

    :param employees: in sudo
    """
    slips, bare = _find_held(employees)
    slips.activity_unlink([SLIP_RETURN])
    bare.activity_unlink([RETURN])


def _find_held(employees):
    """Return the slips that people signed, and the equipment that has none."""
    env = employees.env
    owners = [("employee_id", "in", employees.ids)]
    slips = env["itsm.equipment.handover"].search([*owners, ("state", "=", "signed")])
    return slips, env["maintenance.equipment"].search(owners) - slips.equipment_id


def find_taker(equipment, user):
    """Return who takes equipment back: one active user.

    ``user``, the technician of the equipment, a manager of equipment, of the desk.

    :param equipment: one, in sudo
    """
    env = equipment.env
    company = equipment.company_id or env.company
    managers = (env.ref(group).all_user_ids.sorted("id") for group in MANAGERS)
    leaver = equipment.employee_id.user_id
    for candidate in (
        *user,
        *equipment.technician_user_id,
        *(one for group in managers for one in group),
    ):
        if (
            candidate.active
            and not candidate.share
            and candidate != leaver
            and company in candidate.company_ids
        ):
            return candidate
    return env.user


def follow_owner(equipment, before):
    """End the slips and calls of equipment that has got another owner.

    A ticket that moves it ends the slip and says so there. By hand nobody takes a piece
    away from whoever signed for it: the slip is the proof of who has it.

    :param equipment: in sudo
    :param dict before: what ``registering.get_facts`` returned
    :raise UserError: where somebody signed for it, and no ticket moves it
    """
    moved = equipment.filtered(lambda one: one.employee_id.id != before[one.id][0])
    if not moved:
        return
    moved.activity_unlink([RETURN])
    slips = moved.env["itsm.equipment.handover"].search(
        [("equipment_id", "in", moved.ids), ("state", "=", "signed")]
    )
    slips = slips.filtered(
        lambda slip: slip.employee_id != slip.equipment_id.employee_id
    )
    if not slips:
        return
    cause = get_cause()
    if not cause:
        raise UserError(
            slips.env._(
                "%(equipment)s: %(name)s signed for it. Take it back on the hand-over "
                "slip, which asks for its condition, or move it by a ticket.",
                equipment=slips[0].equipment_id.display_name,
                name=slips[0].employee_id.name,
            )
        )
    ticket = slips.env["itsm.ticket"].browse(cause["ticket_id"] or [])
    texts = filter(None, (ticket.name, cause["reason"]))
    server_write(
        slips, {"state": "returned", "return_condition": ": ".join(texts) or "-"}
    )


def stamp_return(slips):
    """Write down who took equipment back, and when."""
    values = {"returned_at": get_moment(), "returned_to_id": slips.env.uid}
    server_write(slips, values)
