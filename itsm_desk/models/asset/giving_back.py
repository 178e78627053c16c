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
TECHNICIAN = "itsm_desk.group_itsm_technician"
MANAGER = "itsm_desk.group_itsm_manager"
KEEPER = "maintenance.group_equipment_manager"
"""Who manages equipment, also without a role of the desk."""
TAKERS = {
    "itsm.equipment.handover": (MANAGER, KEEPER, TECHNICIAN),
    "maintenance.equipment": (KEEPER, MANAGER),
}
"""Whose groups are asked in turn, where nobody in particular takes it back."""


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
            user_id=find_taker(equipment).id,
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


def find_taker(held):
    """Return who takes equipment back: one active user who may do so.

    Who made the slip out, the technician of the equipment, and then by groups: what is
    on a slip is taken back by technicians of the desk and managers of equipment.

    :param held: one slip, or one equipment that has none, in sudo
    """
    env = held.env
    is_slip = held._name == "itsm.equipment.handover"
    equipment = held.equipment_id if is_slip else held
    groups = (env.ref(group).all_user_ids.sorted("id") for group in TAKERS[held._name])
    for candidate in (
        *(held.create_uid if is_slip else ()),
        *equipment.technician_user_id,
        *(one for group in groups for one in group),
    ):
        if candidate != held.employee_id.user_id and _may_take(held, candidate):
            return candidate
    return env.user


def _may_take(held, user):
    """Whether an active user of the company may open it and take it back."""
    company = held.company_id or held.env.company
    if not user.active or user.share or company not in user.company_ids:
        return False
    if held._name == "itsm.equipment.handover":
        return user.has_group(TECHNICIAN) or user.has_group(KEEPER)
    # sudo: none; whether the user may read it by own rights
    mine = held.with_user(user).sudo(False)
    return mine.with_context(allowed_company_ids=user.company_ids.ids).has_access(
        "read"
    )


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
        raise UserError(_get_signed_message(slips[0]))
    ticket = slips.env["itsm.ticket"].browse(cause["ticket_id"] or [])
    texts = filter(None, (ticket.name, cause["reason"]))
    server_write(
        slips, {"state": "returned", "return_condition": ": ".join(texts) or "-"}
    )


def _get_signed_message(slip):
    """Return why nobody takes equipment away by hand, and what may be done instead."""
    env = slip.env
    names = {
        "equipment": slip.equipment_id.display_name,
        "name": slip.employee_id.name,
    }
    if slip.employee_id.user_id != env.user and _may_take(slip, env.user):
        return env._(
            "%(equipment)s: %(name)s signed for it. Take it back on the hand-over "
            "slip, which asks for its condition, or move it by a ticket.",
            **names,
        )
    return env._(
        "%(equipment)s: %(name)s signed for it. Ask %(taker)s to take it back on the "
        "hand-over slip, which asks for its condition, or move it by a ticket.",
        **names,
        taker=find_taker(slip).name,
    )


def stamp_return(slips):
    """Write down who took equipment back, and when."""
    values = {"returned_at": get_moment(), "returned_to_id": slips.env.uid}
    server_write(slips, values)
