from odoo import fields, models
from odoo.exceptions import AccessError

from ..base.grants import is_granted, server_write, spend

FORMER = "outsourcing_former_users"


class HrEmployee(models.Model):
    """By which users an employee acts, or ever acted.

    Nobody decides on oneself. Who that is does not follow from the user of an employee
    alone, which HR changes: each user that an employee had is remembered.
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

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if FORMER in vals:
            if not is_granted(self, names={FORMER}):
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
        if user and employee.user_id != user:
            kept = sorted({*(employee[FORMER] or ()), user.id})
            server_write(employee, {FORMER: kept})
