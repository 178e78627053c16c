"""The worlds that tests of the service desk are played in."""

from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from inspect import signature
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT, BaseCommon

from ..models.intent import itsm_mail_intent as mail_intent
from .fake_person import InProcess

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAADwAAAAUAQAAAAD5eGOEAAAAeUlEQVR42m3OoQ3CQBhA4dcT"
    "4MDiigRXwz4kDAKbsAIbQIIoe7QD/BfMJTT3MHXw1CdfIwDkxNw/1MuMzwMvgLl1ag0crsbT"
    "SIwd7wMkXoVxsYXaDq7tI9Xjyo49FEs5WzuyU1ZvDNaTGvTWpRppR7MBQL2r0fwcfgFSTUdm"
    "/oF2VgAAAABJRU5ErkJggg=="
)

# What is no drawn signature, as a client may send it.
NO_SIGNATURES = (
    "%%%%",
    "data:image/png;base64,",
    "data:image/svg+xml;base64,PHN2Zy8+",
    "PHN2Zy8+",
    "no image",
    "\xe9",
    # A white pixel, and the first bytes of a picture.
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI"
    "7wAAAABJRU5ErkJggg==",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
)


def plan_change(ticket, user):
    """Plan what an IMAC request changes, where nothing is planned yet."""
    if ticket._is_imac() and not ticket.equipment_change_ids:
        piece = ticket.env["maintenance.equipment"].create({"name": "Laptop"})
        ticket.env["itsm.equipment.change"].with_user(user).create(
            {
                "ticket_id": ticket.id,
                "kind": "install",
                "equipment_id": piece.id,
                "new_place": "Room 5",
            }
        )


class DeskCommon(InProcess, BaseCommon):
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
        (
            cls.technician,
            cls.colleague,
            cls.specialist,
            cls.outsider,
            cls.lead,
            cls.manager,
            cls.quality,
            cls.requester,
            cls.stranger,
            cls.boss,
        ) = cls._new_users(
            tech=["group_itsm_technician"],
            colleague=["group_itsm_technician"],
            specialist=["group_itsm_technician"],
            outsider=["group_itsm_technician"],
            lead=["group_itsm_supervisor"],
            manager=["group_itsm_manager"],
            quality=["group_itsm_quality"],
            requester=[],
            stranger=[],
            boss=[],
        )
        cls.portal = new_test_user(
            cls.env,
            login="portal_requester",
            email="portal.requester@example.com",
            groups="base.group_portal",
            context={"no_reset_password": True},
        )
        cls.other_portal = new_test_user(
            cls.env,
            login="portal_other",
            groups="base.group_portal",
            context={"no_reset_password": True},
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
        # Questions to requesters have tests of their own.
        cls.reason_requester.needs_question = False
        cls.reason_parts = cls.env.ref("itsm_desk.itsm_pending_reason_parts")
        cls.code_fixed = cls.env.ref("itsm_desk.itsm_resolution_code_fixed")

    @classmethod
    def _new_user(cls, login, *groups, **values):
        return cls._new_users(values, **{login: groups})

    @classmethod
    def _new_users(cls, values=(), /, **groups):
        """Create users from their logins and groups of the desk, in one call."""
        inner = cls.env.ref("base.group_user")
        return (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "login": f"desk_{login}",
                        "password": f"desk_{login}",
                        "name": login.capitalize(),
                        "email": f"{login}@desk.example.com",
                        "group_ids": [
                            Command.set(
                                [
                                    inner.id,
                                    *(cls.env.ref(f"itsm_desk.{x}").id for x in names),
                                ]
                            )
                        ],
                        "notification_type": "email",
                        **dict(values),
                    }
                    for login, names in groups.items()
                ]
            )
            .with_env(cls.env)
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
        plan_change(ticket.with_env(cls.env), user or cls.technician)
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

    def _make_mails(self):
        """Run the job that makes the mails of steps, as the scheduler does."""
        is_http = isinstance(self, HttpCase)
        with nullcontext() if is_http else self.enter_registry_test_mode():
            self.env.ref(mail_intent.JOB).method_direct_trigger()
        self.env.invalidate_all()

    def _send_queue(self):
        """Run the job that sends the queue of outgoing mails."""
        self.env["mail.mail"].process_email_queue()


# What a client sends where a verb asks for a text, a number, an id or a day.
ODD = (
    *("x", -1, 10**12, 1.5, [1], {"x": 1}, None, True),
    *("\x00", "2026-13-45", "2026-01-31 25:00:00", "nan"),
)

USUAL = {
    "is_helpful": True,
    "rating": 5,
    "result": "partial",
    "support_level": "l2",
    "upheld": True,
}


class ForeignVerbs:
    """Calls verbs as somebody who may not read the record, and with nonsense."""

    def _call_foreign_verbs(self, user, *modules):
        """Try the verbs of ``modules`` on one record of each model.

        :return: set of ``model.verb`` that were called
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        called = set()
        for name, cls in self.registry.items():
            verbs = [
                attribute
                for attribute in dir(cls)
                if attribute.startswith("action_")
                and getattr(cls, attribute).__module__.startswith(origins)
                and len(signature(getattr(cls, attribute)).parameters) == 1
            ]
            if not verbs or cls._abstract or cls._transient:
                continue
            record = self.env[name].search([], limit=1, order="id").with_user(user)
            if not record or record.has_access("read"):
                continue
            for verb in verbs:
                called.add(f"{name}.{verb}")
                with self.subTest(model=name, verb=verb), self.assertRaises(UserError):
                    getattr(record, verb)()
        return called

    def _call_verbs_oddly(self, user, records, *names):
        """Call verbs with values of wrong types; the answer is a sentence or an act."""
        for record in records.with_user(user):
            for name in names:
                verb = getattr(record, name)
                parameters = signature(verb).parameters.values()
                needed = [one.name for one in parameters if one.default is one.empty]
                for value in ODD:
                    self._call_oddly(verb, value, **dict.fromkeys(needed, value))
                # What is read before it and after it is given as it should be.
                usual = {
                    key: USUAL.get(key, 1 if key.endswith("_id") else "Reason")
                    for key in needed
                }
                for one in parameters:
                    for value in ODD if one.default is not one.empty else ():
                        self._call_oddly(verb, value, **{**usual, one.name: value})

    def _call_oddly(self, verb, odd, **values):
        """Call a verb with one odd value among ``values``, and undo what it does."""
        names = [name for name, value in values.items() if value is odd]
        with self.subTest(
            model=verb.__self__._name, verb=verb.__name__, value=odd, names=names
        ):
            try:
                with self.cr.savepoint():
                    verb(**values)
                    self.env.flush_all()
                    # pylint: disable=translation-required
                    raise UserError("Undone")
            except UserError:
                self.env.invalidate_all()

    def _call_all_verbs_oddly(self, user, *modules):
        """Call every verb that takes arguments with values of wrong types.

        :return: set of ``model.verb`` that were called
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        called = set()
        for name, cls in self.registry.items():
            if cls._abstract or cls._transient:
                continue
            verbs = [
                attribute
                for attribute in dir(cls)
                if attribute.startswith("action_")
                and getattr(cls, attribute).__module__.startswith(origins)
                and len(signature(getattr(cls, attribute)).parameters) > 1
            ]
            if verbs:
                records = self.env[name].search([], order="id desc", limit=4)
                self._call_verbs_oddly(user, records, *verbs)
                called.update(f"{name}.{verb}" for verb in verbs if records)
        return called

    def _call_verbs_on_many(self, user, *modules):
        """Call the verbs of ``modules`` on no record, and on several.

        The answer is a sentence, or an act that is taken back.

        :return: set of ``model.verb`` that were called
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        called = set()
        for name, cls in self.registry.items():
            if cls._abstract or not cls._auto:
                continue
            verbs = [
                attribute
                for attribute in dir(cls)
                if attribute.startswith(("action_", "validate_tier", "reject_tier"))
                and getattr(cls, attribute).__module__.startswith(origins)
            ]
            model = self.env[name].with_user(user)
            several = model.browse()
            if verbs and not cls._transient:
                several = self.env[name].search([], limit=2).with_user(user)
            for records in {model.browse(), several}:
                for verb in verbs:
                    method = getattr(records, verb)
                    needed = [
                        one.name
                        for one in signature(method).parameters.values()
                        if one.default is one.empty
                    ]
                    usual = {key: USUAL.get(key, "Reason") for key in needed}
                    self._call_oddly(method, object(), **usual)
                    called.add(f"{name}.{verb}")
        return called

    def _find_public_helpers(self, *modules):
        """Return ``model.method`` of what clients can call and is no verb.

        Verbs begin with ``action_``; the other public methods are those of Odoo
        that a model extends.
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        found = set()
        for name, cls in self.registry.items():
            for attribute in dir(cls):
                method = getattr(cls, attribute)
                if attribute.startswith(("_", "action_")) or not callable(method):
                    continue
                if not getattr(method, "__module__", "").startswith(origins):
                    continue
                is_extension = any(
                    not getattr(part.__dict__[attribute], "__module__", "").startswith(
                        origins
                    )
                    for part in cls.__mro__
                    if attribute in part.__dict__
                )
                if not is_extension and not getattr(method, "_api_private", False):
                    found.add(f"{name}.{attribute}")
        return found


def utc(text):
    """Return a naive UTC datetime from ``2025-06-02 09:00[:00]``."""
    return datetime.fromisoformat(text)


class SlaCommon(InProcess, TransactionCase):
    """A desk that works from 9 to 12 and 13 to 17 UTC, Monday to Friday.

    2025-06-02 is a Monday. Critical tickets are answered in 1 hour and solved in 4,
    others in 4 and 16.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **DISABLED_MAIL_CONTEXT})
        cls.company = cls.env["res.company"].create({"name": "Desk Company"})
        cls.env.user.company_ids |= cls.company
        cls.env.user.company_id = cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.calendar = cls._create_calendar(
            "Desk hours", [(9, 12), (13, 17)], range(5), "UTC"
        )
        cls.env["itsm.sla.policy"].search([]).active = False
        cls.policy_critical = cls._create_policy("Critical", 1, 4, priority="3")
        cls.policy_other = cls._create_policy("Others", 4, 16)
        users = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.technician = new_test_user(
            cls.env, "sla_tech", "itsm_desk.group_itsm_technician", **users
        )
        cls.lead = new_test_user(
            cls.env, "sla_lead", "itsm_desk.group_itsm_supervisor", **users
        )
        cls.manager = new_test_user(
            cls.env, "sla_manager", "itsm_desk.group_itsm_manager", **users
        )
        cls.requester = new_test_user(
            cls.env, "sla_requester", "base.group_user", **users
        )
        cls.team = cls.env["itsm.team"].create(
            {
                "name": "Desk",
                "company_id": cls.company.id,
                "leader_id": cls.lead.id,
                "member_ids": [Command.set(cls.technician.ids)],
                "resource_calendar_id": cls.calendar.id,
            }
        )
        cls.waiting = cls.env.ref("itsm_desk.itsm_pending_reason_requester")
        # Questions to requesters have tests of their own, and answer.
        cls.waiting.needs_question = False
        cls.vendor = cls.env.ref("itsm_desk.itsm_pending_reason_vendor")
        cls.code_fixed = cls.env.ref("itsm_desk.itsm_resolution_code_fixed")
        cls.approved_service = cls.env["itsm.service"].create(
            {
                "name": "New printer",
                "category_id": cls.env.ref("itsm_desk.itsm_category_imac").id,
                "company_id": cls.company.id,
                "ticket_type": "request",
                "imac_kind": "install",
                "needs_approval": True,
                "team_id": cls.team.id,
            }
        )

    @classmethod
    def _create_calendar(cls, name, hours, days, tz, company=None, **values):
        """Create a calendar that works the same hours on each of the days."""
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "company_id": (company or cls.company).id,
                "tz": tz,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Work",
                                "dayofweek": str(day),
                                "hour_from": hour_from,
                                "hour_to": hour_to,
                                "day_period": "morning",
                            }
                        )
                        for day in days
                        for hour_from, hour_to in hours
                    ),
                ],
                **values,
            }
        )

    @classmethod
    def _create_policy(cls, name, response, resolution, **values):
        return cls.env["itsm.sla.policy"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "line_ids": [
                    Command.create({"kind": "response", "target_hours": response}),
                    Command.create({"kind": "resolution", "target_hours": resolution}),
                ],
                **values,
            }
        )

    @classmethod
    def _create_holiday(cls, date_from, date_to, company=None, calendar=None):
        company = company or cls.company
        return (
            cls.env["resource.calendar.leaves"]
            .with_company(company)
            .create(
                {
                    "name": "Holiday",
                    "company_id": company.id,
                    "calendar_id": calendar.id if calendar else False,
                    "date_from": date_from,
                    "date_to": date_to,
                }
            )
        )

    @classmethod
    def _create_ticket(cls, count=None, **values):
        """Create one ticket, or ``count`` of them in one call."""
        vals = {
            "subject": "Printer does not print",
            "partner_id": cls.requester.partner_id.id,
            "team_id": cls.team.id,
            "company_id": cls.company.id,
            "channel": "portal",
            "impact": "1",
            "urgency": "2",
            **values,
        }
        return cls.env["itsm.ticket"].create([vals] * (count or 1))

    def _clock(self, ticket, kind="resolution"):
        return self.env["itsm.sla.clock"].search(
            [("ticket_id", "=", ticket.id), ("kind", "=", kind)]
        )

    def _step(self, ticket, state, reason=None):
        """Take the ticket to ``state`` by the verb that leads there from here."""
        mine = ticket.with_user(self.technician)
        if state == "assigned":
            mine.action_take()
        elif state == "pending":
            mine.action_pend(reason.id)
        elif state == "solved":
            plan_change(ticket.with_env(self.env), self.technician)
            mine.write(
                {
                    "cause": "Paper jam.",
                    "action_taken": "Paper removed.",
                    "minutes_spent": 10,
                    "resolution_code_id": self.code_fixed.id,
                }
            )
            mine.action_solve()
        elif state == "closed":
            ticket.with_user(self.requester).action_sign_off(5)
        elif state == "cancelled":
            ticket.with_user(self.requester).action_cancel("Found another printer")
        elif ticket.state == "pending":
            mine.action_resume()
        elif ticket.state == "solved":
            mine.action_reopen("It jams again")
        else:
            mine.action_start()

    def _assign(self, ticket):
        self._step(ticket, "assigned")

    def _answer(self, ticket):
        ticket.with_user(self.technician).action_log_call("Told by phone")

    def _run_job(self):
        """Run the scheduled job as the scheduler does."""
        job = self.env.ref("itsm_desk.ir_cron_itsm_sla")
        with self.enter_registry_test_mode():
            job.method_direct_trigger()

    @contextmanager
    def _reading(self, *models):
        """Collect the names of the fields of ``models`` that the block reads.

        :return: ``{model: {field names}}``, filled by the block
        """
        read = {model: set() for model in models}

        def watch(kind):
            getter = kind.__get__

            def get(field, record, owner=None):
                if record is not None and record._name in read:
                    read[record._name].add(field.name)
                return getter(field, record, owner)

            return patch.object(kind, "__get__", get)

        kinds = {
            type(field)
            for model in models
            for field in self.env[model]._fields.values()
        }
        self.env.flush_all()
        with ExitStack() as stack:
            for kind in kinds:
                stack.enter_context(watch(kind))
            yield read

    def _assert_proven(self, clocks):
        """Each stored clock is what its events lead to."""
        clocks.invalidate_recordset()
        for clock in clocks:
            self.assertTrue(clock.is_proven, clock._get_explanation_rows())
