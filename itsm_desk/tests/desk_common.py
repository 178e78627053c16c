from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT, BaseCommon

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


class DeskCommon(BaseCommon):
    """A desk with two teams, its people, and those who ask."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Messages, followers and tracking are part of what a desk does.
        cls.env = cls.env(
            context={
                key: value
                for key, value in cls.env.context.items()
                if key not in DISABLED_MAIL_CONTEXT
            }
        )
        cls.company = cls.env.company
        cls.technician = cls._new_user("tech", "group_itsm_technician")
        cls.colleague = cls._new_user("colleague", "group_itsm_technician")
        cls.specialist = cls._new_user("specialist", "group_itsm_technician")
        cls.outsider = cls._new_user("outsider", "group_itsm_technician")
        cls.lead = cls._new_user("lead", "group_itsm_supervisor")
        cls.manager = cls._new_user("manager", "group_itsm_manager")
        cls.quality = cls._new_user("quality", "group_itsm_quality")
        cls.requester = cls._new_user("requester")
        cls.stranger = cls._new_user("stranger")
        cls.boss = cls._new_user("boss")
        cls.portal = new_test_user(
            cls.env,
            login="portal_requester",
            email="portal.requester@example.com",
            groups="base.group_portal",
        )
        cls.other_portal = new_test_user(
            cls.env, login="portal_other", groups="base.group_portal"
        )
        cls.department = cls.env["hr.department"].create(
            {"name": "Sales", "company_id": cls.company.id}
        )
        cls.boss_employee = cls._new_employee(cls.boss)
        cls.requester_employee = cls._new_employee(
            cls.requester, parent_id=cls.boss_employee.id
        )
        cls.calendar = cls.company.resource_calendar_id
        cls.team = cls.env["itsm.team"].create(
            {
                "name": "First line",
                "alias_name": "first-line",
                "leader_id": cls.lead.id,
                "member_ids": [Command.set((cls.technician | cls.colleague).ids)],
                "sequence": 1,
            }
        )
        cls.second_team = cls.env["itsm.team"].create(
            {
                "name": "Second line",
                "support_level": "l2",
                "member_ids": [Command.set(cls.specialist.ids)],
                "sequence": 2,
            }
        )
        cls.category = cls.env.ref("itsm_desk.itsm_category_application")
        cls.service = cls.env["itsm.service"].create(
            {
                "name": "Mailbox",
                "category_id": cls.category.id,
                "team_id": cls.team.id,
            }
        )
        cls.approved_service = cls.env["itsm.service"].create(
            {
                "name": "New laptop",
                "category_id": cls.env.ref("itsm_desk.itsm_category_imac").id,
                "ticket_type": "request",
                "imac_kind": "install",
                "needs_approval": True,
                "team_id": cls.team.id,
            }
        )
        cls.reason_requester = cls.env.ref("itsm_desk.itsm_pending_reason_requester")
        cls.reason_parts = cls.env.ref("itsm_desk.itsm_pending_reason_parts")
        cls.code_fixed = cls.env.ref("itsm_desk.itsm_resolution_code_fixed")

    @classmethod
    def _new_user(cls, login, *groups, **values):
        names = ",".join(f"itsm_desk.{group}" for group in groups)
        return new_test_user(
            cls.env,
            login=f"desk_{login}",
            name=login.capitalize(),
            email=f"{login}@desk.example.com",
            groups=f"base.group_user,{names}" if names else "base.group_user",
            notification_type="email",
            **values,
        )

    @classmethod
    def _new_employee(cls, user, **values):
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "department_id": cls.department.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _file(cls, user=None, **values):
        """File a ticket as ``user`` (the requester by default)."""
        user = user or cls.requester
        return (
            cls.env["itsm.ticket"]
            .with_user(user)
            .create({"subject": "No mail", "service_id": cls.service.id, **values})
        )

    @classmethod
    def _file_portal(cls, user=None, **values):
        """File a ticket for a portal user, as the portal's controller does."""
        user = user or cls.portal
        return (
            cls.env["itsm.ticket"]
            .with_user(user)
            .sudo()
            .create(
                {
                    "subject": "No mail",
                    "partner_id": user.partner_id.id,
                    "service_id": cls.service.id,
                    "channel": "portal",
                    **values,
                }
            )
            .with_user(user)
            .sudo(False)
        )

    @classmethod
    def _fill_form(cls, ticket, user=None):
        ticket.with_user(user or cls.technician).write(
            {
                "cause": "The mailbox was full.",
                "action_taken": "Old mail was archived.",
                "minutes_spent": 15,
                "resolution_code_id": cls.code_fixed.id,
            }
        )

    @classmethod
    def _solve(cls, ticket, user=None):
        """Bring a new ticket to solved, as the technician."""
        user = user or cls.technician
        mine = ticket.with_user(user)
        if ticket.sudo().user_id != user:
            mine.action_take()
        mine.action_start()
        cls._fill_form(ticket, user)
        mine.action_solve()
        return ticket
