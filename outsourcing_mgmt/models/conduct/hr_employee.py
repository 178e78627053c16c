from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from ..base.grants import is_granted, server_write, spend

FORMER = "outsourcing_former_users"
TIES = "outsourcing_user_ties"
MISTAKE = timedelta(days=1)
"""So long whoever chose a user by mistake takes it back without a trace."""


class HrEmployee(models.Model):
    """By which users an employee acts, or ever acted.

    Nobody decides on oneself. Who that is does not follow from the user of an employee
    alone, which HR changes: each user that an employee had is remembered. Not so a
    mistake: chosen and taken back within a day by one person, while the user took no
    step and got no reward or penalty as this employee.
    """

    _inherit = "hr.employee"

    outsourcing_former_users = fields.Json(
        string="Former Users",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Ids of the users that the employee had. They decide on nothing that "
        "concerns the employee.",
    )
    outsourcing_user_ties = fields.Json(
        string="Users Since",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Who gave the employee which user on the last day, and when.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if kept := {FORMER, TIES}.intersection(vals):
            if not is_granted(self, names=kept):
                raise AccessError(
                    self.env._("Which users an employee had is kept by the system.")
                )
            spend(self)
        is_moving = bool({"resource_id", "user_id"}.intersection(vals))
        before = read_users(self) if is_moving else {}
        result = super().write(vals)
        note_former(before)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_get_own_users(self):
        """Return the users of employees, now and before, and of their work contacts.

        :rtype: res.users, with sudo
        """
        # sudo: the users behind employees are hidden from other employees.
        employees = self.sudo()
        former = {
            user_id for employee in employees for user_id in employee[FORMER] or ()
        }
        users = employees.user_id | employees.work_contact_id.user_ids
        return users | users.browse(sorted(former)).exists()


class ResourceResource(models.Model):
    """The user of an employee is the user of its resource, which HR writes as well."""

    _inherit = "resource.resource"

    def write(self, vals):
        before = {}
        if "user_id" in vals:
            # sudo: whoever writes resources need not read employees.
            before = read_users(self.sudo().employee_id)
        result = super().write(vals)
        note_former(before)
        return result


def read_users(employees):
    """Return ``{employee: user}``, with sudo."""
    # sudo: the users behind employees are hidden from other employees.
    return {employee: employee.user_id for employee in employees.sudo()}


def note_former(before):
    """Keep the users that employees have just lost.

    :param dict before: :func:`read_users` before the change
    """
    for employee, user in before.items():
        if employee.user_id == user:
            continue
        if user and not _is_mistake(employee, user):
            kept = sorted({*(employee[FORMER] or ()), user.id})
            server_write(employee, {FORMER: kept})
        since = fields.Datetime.now() - MISTAKE
        ties = {
            key: tie
            for key, tie in (employee[TIES] or {}).items()
            if fields.Datetime.to_datetime(tie["at"]) > since
        }
        if new := employee.user_id:
            now = fields.Datetime.to_string(fields.Datetime.now())
            ties[str(new.id)] = {"at": now, "by": employee.env.uid}
        server_write(employee, {TIES: ties})


def _is_mistake(employee, user):
    """Whether a user was given to an employee by mistake, and is taken back at once."""
    tie = (employee[TIES] or {}).get(str(user.id))
    if not tie or tie["by"] != employee.env.uid or user == employee.env.user:
        return False
    since = fields.Datetime.to_datetime(tie["at"])
    if since <= fields.Datetime.now() - MISTAKE:
        return False
    # sudo: whoever mends an employee reads neither steps nor rewards.
    steps = employee.env["outsourcing.audit.log"].sudo()
    # sudo: as above.
    incentives = employee.env["outsourcing.incentive"].sudo()
    return not (
        steps.search_count(
            [("user_id", "=", user.id), ("recorded_at", ">=", since)], limit=1
        )
        or incentives.search_count(
            [
                ("employee_id", "=", employee.id),
                ("employee_user_id", "=", user.id),
            ],
            limit=1,
        )
    )
