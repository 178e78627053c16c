from datetime import datetime

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.itsm_desk.models.base.grants import server_write as desk_write
from odoo.addons.itsm_desk.models.vendor.itsm_vendor_job import find_jobs, say

from ..models.form.form_result import read_rows_to_count
from .common import SIGNED_COPY, TODAY, QualityCommon


class TechnicianCommon(QualityCommon):
    """A desk whose tickets go to people of the vendor who are on site."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsourcer = cls._new_user(
            "technician_officer", "outsourcing_mgmt.group_outsourcing_officer"
        )
        cls.desk = cls._new_user("technician_desk", "itsm_desk.group_itsm_technician")
        cls.team = cls.env["itsm.team"].create(
            {
                "name": "Desk",
                "company_id": cls.company.id,
                "member_ids": [Command.set(cls.desk.ids)],
            }
        )
        cls.service = cls.env["itsm.service"].create(
            {
                "name": "Network",
                "category_id": cls.env.ref("itsm_desk.itsm_category_imac").id,
                "team_id": cls.team.id,
            }
        )
        cls.shop = cls.env["res.partner"].create(
            {"name": "Repair Shop", "is_company": True}
        )
        cls.vendor.itsm_target_hours = 4
        cls.person, cls.mate = (
            cls._new_person(login, cls.vendor) for login in ("vq_person", "vq_mate")
        )
        cls.fixer = cls._new_person("vq_fixer", cls.shop)
        cls.worker = cls._new_worker(cls.person)

    @classmethod
    def _new_person(cls, login, vendor):
        user = new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal,itsm_desk.group_itsm_vendor",
            email=f"{login}@example.com",
            context={"no_reset_password": True},
        )
        user.partner_id.parent_id = vendor
        return user

    @classmethod
    def _new_worker(cls, user, contract=None):
        worker = (
            cls.env["outsourcing.worker"]
            .with_user(cls.outsourcer)
            .create(
                {
                    "contract_id": (contract or cls.contract).id,
                    "partner_id": user.partner_id.id,
                    "role": "Technician",
                    "date_start": "2026-02-01",
                }
            )
        )
        worker.action_onboard()
        return worker

    def _send(self, vendor=None, user=None):
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "No network",
                "partner_id": self.plain_user.partner_id.id,
                "service_id": self.service.id,
            }
        )
        mine = ticket.with_user(self.desk)
        mine.action_take()
        mine.action_send_to_vendor(
            (vendor or self.vendor).id, "Look", user_id=user.id if user else None
        )
        return ticket


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTechnicians(TechnicianCommon):
    """Tickets go to people who are on site under a contract of their vendor."""

    def _sees(self, user, ticket):
        return bool(find_jobs(user.with_user(user), [("ticket_id", "=", ticket.id)]))

    def test_only_workers_on_site(self):
        ticket = self._send(user=self.person)
        self.assertTrue(self._sees(self.person, ticket))
        with self.assertRaisesRegex(UserError, "on site"):
            self._send(user=self.mate)
        shared = self._send()
        self.assertTrue(self._sees(self.person, shared))
        self.assertFalse(self._sees(self.mate, shared))
        self.assertFalse(self._sees(self.fixer, shared))
        # A vendor without any contract names its people as before.
        self.assertTrue(self._sees(self.fixer, self._send(self.shop)))
        wizard = (
            self.env["itsm.ticket.send.vendor"]
            .with_user(self.desk)
            .with_context(active_id=shared.id)
            .new({"partner_id": self.vendor.id})
        )
        self.assertEqual(wizard.allowed_person_ids._origin, self.person.partner_id)

    def _called(self, ticket, text):
        """Return the activities that ask the owner to take a ticket back."""
        return ticket.sudo().activity_ids.filtered(
            lambda one: one.user_id == self.desk and text in (one.summary or "")
        )

    def test_the_last_one_who_leaves(self):
        """Tickets that name nobody are told of when nobody is left, and once."""
        second = self._new_worker(self.mate)
        ticket, other = self._send(), self._send(self.shop)
        self.worker.action_leave("Moved away")
        self.assertFalse(self._called(ticket, "Nobody"))
        second.action_leave("Moved away, too")
        self.assertEqual(len(self._called(ticket, "Nobody")), 1)
        third = self._new_worker(self._new_person("vq_third", self.vendor))
        third.action_leave("Came back for a day")
        self.assertEqual(len(self._called(ticket, "Nobody")), 1)
        self.assertFalse(self._called(other, "Nobody"))

    def test_who_leaves_sees_nothing(self):
        ticket = self._send(user=self.person)
        [job] = find_jobs(self.person.with_user(self.person))
        say(job, "I come")
        self.worker.action_leave("Moved away")
        self.assertFalse(find_jobs(self.person.with_user(self.person)))
        self.assertFalse(ticket.sudo()._is_vendor_technician(self.person))
        self.assertEqual(len(self._called(ticket, "left")), 1)
        with self.assertRaisesRegex(UserError, "on site"):
            self._send()

    def test_end_of_the_contract(self):
        ticket, named = self._send(), self._send(user=self.person)
        self.contract.with_user(self.owner_user).action_terminate("Bankrupt")
        self.assertEqual(len(self._called(ticket, "Nobody")), 1)
        self.assertEqual(len(self._called(named, "left")), 1)
        self.assertFalse(self._sees(self.person, ticket))
        with self.assertRaises(UserError):
            self._send()

    def _renew(self):
        """Make a draft that renews the contract, as procurement does weeks before."""
        self.contract.with_user(self.procurement_user).action_renew()
        self.assertEqual(self.contract.state, "renewed")
        return self.contract.successor_ids.with_user(self.procurement_user)

    def _follow_calendar(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "outsourcing_mgmt.ir_cron_contract_calendar"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_renewed_by_a_draft(self):
        """Its people go on until its last day; without a signature not longer."""
        ticket, named = self._send(), self._send(user=self.person)
        self._renew()
        self.assertTrue(self._sees(self.person, ticket))
        self.assertTrue(self._sees(self.person, named))
        self.assertTrue(self._sees(self.person, self._send(user=self.person)))
        with freeze_time("2026-12-31 02:00:00"):
            self._follow_calendar()
            self.assertTrue(self._sees(self.person, ticket))
            self.assertFalse(self._called(ticket, "Nobody"))
        with freeze_time("2027-01-01 02:00:00"):
            for _run in range(2):
                self._follow_calendar()
                self.assertFalse(self._sees(self.person, ticket))
                self.assertEqual(len(self._called(ticket, "Nobody")), 1)
                self.assertEqual(len(self._called(named, "left")), 1)

    def test_renewed_and_signed(self):
        """Nobody is cut off between midnight and the job that carries people over."""
        ticket = self._send(user=self.person)
        successor = self._renew()
        successor.action_send_to_sign()
        successor.action_sign(signed_date="2026-03-01", signed_copy=SIGNED_COPY)
        with freeze_time("2027-01-01 02:00:00"):
            self.assertTrue(self._sees(self.person, ticket))
            self._follow_calendar()
            self.assertEqual(successor.state, "active")
            self.assertEqual(self.worker.state, "left")
            self.assertTrue(self._sees(self.person, ticket))
            self.assertFalse(self._called(ticket, "left"))

    def test_other_company(self):
        """A contract with one company opens no ticket of another."""
        other = self.env["res.company"].create({"name": "Far"})
        people = self.vendor._itsm_get_vendor_users(self.company)
        self.assertEqual(people, self.person)
        self.officer_user.company_ids |= other
        contract = self.contract.copy(
            {"company_id": other.id, "vendor_quality_template_id": False}
        )
        self.env.flush_all()
        # Any contract that was in force binds the vendor there, too.
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET state = 'expired' WHERE id = %s",
            [contract.id],
        )
        contract.invalidate_recordset()
        self.assertFalse(self.vendor._itsm_get_vendor_users(other))

    def test_score_reads_the_time_of_the_vendor(self):
        """Whatever the whole ticket took: only jobs of this vendor, when back."""
        metric = self._create_metric("own", source="ticket_sla", sla_measure="vendor")
        rows = (
            ("2026-02-03 10:00:00", 2, "done", self.contract),
            ("2026-02-28 23:59:59", 6, "done", self.contract),
            ("2026-03-01 00:00:00", 6, "done", self.contract),
            ("2026-02-10 10:00:00", 2, "ended", self.contract),
            ("2026-02-11 10:00:00", 6, "ended", self.contract),
            ("2026-02-12 10:00:00", 6, "done", self._create_contract()),
            (False, 6, False, self.contract),
        )
        jobs = self.env["itsm.vendor.job"]
        for returned, hours, outcome, contract in rows:
            ticket = self._send()
            self.env.cr.execute(
                "UPDATE itsm_ticket SET outsourcing_contract_id = %s WHERE id = %s",
                [contract.id, ticket.id],
            )
            ticket.invalidate_recordset()
            job = ticket.vendor_job_ids
            desk_write(
                job,
                {
                    "sent_at": datetime(2026, 2, 1),
                    "returned_at": returned,
                    "outcome": outcome,
                    "worked_hours": hours,
                    "is_missed": hours > job.target_hours,
                },
            )
            jobs |= job
        form = self._create_form()
        span = form._get_spans(read_rows_to_count(form))[0]
        figure = self.env["vendor.quality.collector"]._collect_metric(metric, [span])[
            form.id
        ]
        self.assertEqual((figure.numerator, figure.denominator), (1, 3))
        self.assertEqual(figure.evidence["model"], "itsm.vendor.job")
        self.assertEqual(figure.evidence["failed_ids"], [jobs[1].id, jobs[4].id])

    def _keep_job(self, job, day, hours, outcome):
        desk_write(
            job,
            {
                "sent_at": datetime(2026, 1, 2),
                "returned_at": f"{day} 10:00:00",
                "outcome": outcome,
                "worked_hours": hours,
                "is_missed": hours > job.target_hours,
            },
        )

    def _send_again(self, *rows):
        """Return the jobs of one ticket that went to the vendor several times."""
        ticket = self._send()
        mine = ticket.with_user(self.desk)
        for number in range(len(rows)):
            if number:
                mine.action_send_to_vendor(self.vendor.id, "Look again")
            if number < len(rows) - 1:
                mine.action_take_back("Not yet")
        jobs = ticket.vendor_job_ids.sorted("id")
        for job, row in zip(jobs, rows, strict=True):
            self._keep_job(job, *row)
        self._set(ticket, outsourcing_contract_id=self.contract.id)
        ticket.invalidate_recordset()
        return jobs

    def _count_jobs(self):
        """Return the figures of January, February and March, by the vendor's hours."""
        metric = self._create_metric("own", source="ticket_sla", sla_measure="vendor")
        with freeze_time("2026-04-02 02:00:00"):
            forms = [
                self._create_form(date_start=first, date_end=last)
                for first, last in (
                    ("2026-01-01", "2026-01-31"),
                    ("2026-02-01", "2026-02-28"),
                    ("2026-03-01", "2026-03-31"),
                )
            ]
        spans = [form._get_spans(read_rows_to_count(form))[0] for form in forms]
        found = self.env["vendor.quality.collector"]._collect_metric(metric, spans)
        figures = [found.get(form.id) for form in forms]
        return [
            (one.numerator, one.denominator, one.evidence.get("failed_ids"))
            if one
            else None
            for one in figures
        ]

    def test_score_of_what_was_not_done(self):
        """Whoever hands back nothing but the ticket did not meet the hours."""
        self._send_again(("2026-02-03", 2, "declined"))
        self._send_again(("2026-02-03", 2, "taken_back"))
        late = self._send_again(("2026-02-04", 6, "declined"))
        late |= self._send_again(("2026-02-04", 6, "taken_back"))
        self._send_again(("2026-02-05", 2, "done"))
        self.assertEqual(self._count_jobs(), [None, (1, 3, late.ids), None])

    def test_score_counts_a_ticket_once(self):
        """The hours of its jobs are added up; its last one decides."""
        self._send_again(("2026-02-03", 1, "done"), ("2026-02-05", 2, "done"))
        sums = self._send_again(
            ("2026-02-03", 3, "declined"), ("2026-02-05", 3, "done")
        )
        self.assertEqual(self._count_jobs(), [None, (1, 2, [sums[1].id]), None])

    def test_score_of_a_ticket_over_months(self):
        """It is met once and late once; what comes later changes no month before."""
        self._send_again(("2026-01-05", 1, "done"), ("2026-02-05", 2, "done"))
        late = self._send_again(
            ("2026-01-06", 3, "done"),
            ("2026-02-06", 3, "declined"),
            ("2026-03-01", 1, "done"),
        )
        self.assertEqual(self._count_jobs(), [(2, 2, None), (0, 1, [late[1].id]), None])
