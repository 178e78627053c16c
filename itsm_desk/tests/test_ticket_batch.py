from odoo import Command
from odoo.tests import tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketBatch(DeskCommon):
    """Work grows with batches, not with tickets."""

    def _create(self, count):
        partners = (self.requester | self.boss | self.stranger | self.portal).partner_id
        return (
            self.env["itsm.ticket"]
            .with_user(self.technician)
            .create(
                [
                    {
                        "subject": f"Ticket {number}",
                        "partner_id": partners[number % 4].id,
                        "service_id": self.service.id,
                        "ticket_type": ("incident", "request")[number % 2],
                    }
                    for number in range(count)
                ]
            )
        )

    def _count(self, count):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._create(count)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _file_judged(self):
        return self._file(
            self.technician,
            partner_id=self.requester.partner_id.id,
            impact="3",
            urgency="3",
        )

    def test_creation(self):
        self._count(2)
        few, many = self._count(10), self._count(60)
        per_ticket = (many - few) / 50
        # Followers are added one ticket at a time by the core.
        self.assertLess(per_ticket, 4)

    def test_a_ticket_takes_few_queries(self):
        """What is the same for all tickets was read with the one before."""
        for _first in range(2):
            self._count(1)
        self.assertLessEqual(self._count(1), 36)

    def test_what_is_remembered_follows_its_source(self):
        ticket = self._file_judged()
        cell = self.env["itsm.priority.matrix"].search(
            [
                ("impact", "=", "3"),
                ("urgency", "=", "3"),
                ("company_id", "in", [False, self.company.id]),
            ],
            order="company_id",
            limit=1,
        )
        other = "1" if ticket.priority != "1" else "2"
        cell.priority = other
        self.assertEqual(self._file_judged().priority, other)
        self.env.ref("itsm_desk.ir_sequence_incident").prefix = "NEW"
        self.assertTrue(self._file().name.startswith("NEW"))
        self.team.message_subscribe(self.boss.partner_id.ids)
        self.assertIn(self.team.id, self.team._get_followed())
        self.team.message_unsubscribe(self.team.message_partner_ids.ids)
        self.assertNotIn(self.team.id, self.team._get_followed())

    def test_who_files_follows_as_before(self):
        """With what core gives, also who follows the team for other things only."""
        self.team.message_subscribe(
            self.technician.partner_id.ids,
            subtype_ids=self.env.ref("itsm_desk.mt_team_ticket_new").ids,
        )
        values = {"partner_id": self.requester.partner_id.id, "team_id": self.team.id}
        ticket = self._file(self.technician, **values)
        rows = ticket.message_follower_ids.grouped("partner_id")
        self.assertEqual(
            set(rows), {self.technician.partner_id, self.requester.partner_id}
        )
        comment = self.env.ref("mail.mt_comment")
        self.assertIn(comment, rows[self.technician.partner_id].subtype_ids)
        self.assertIn(comment, rows[self.requester.partner_id].subtype_ids)
        quiet = self.env["itsm.ticket"].with_user(self.technician)
        quiet = quiet.with_context(tracking_disable=True)
        ticket = quiet.create({"subject": "Quiet", **values})
        self.assertNotIn("Ticket filed", "".join(ticket.message_ids.mapped("body")))

    def test_followers_given_with_the_ticket(self):
        partner = self.requester.partner_id
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "No mail",
                "partner_id": partner.id,
                "message_partner_ids": [Command.set(partner.ids)],
            }
        )
        self.assertIn(partner, ticket.message_partner_ids)

    def test_hours_change_between_tickets(self):
        """The next ticket runs in the hours of now."""
        first = self._file().sudo()
        calendar = self.team.resource_calendar_id or self.company.resource_calendar_id
        hours = first.clock_ids.timeline_id
        self.assertEqual(hours.calendar_id, calendar)
        calendar.attendance_ids[:1].unlink()
        self.assertNotEqual(self._file().sudo().clock_ids.timeline_id, hours)

    def test_numbers_are_unique_and_in_order(self):
        tickets = self._create(20)
        for kind, prefix in (("incident", "INC"), ("request", "REQ")):
            names = tickets.filtered(lambda rec, k=kind: rec.ticket_type == k).mapped(
                "name"
            )
            self.assertEqual(len(set(names)), 10)
            self.assertEqual(names, sorted(names))
            self.assertTrue(all(name.startswith(prefix) for name in names))

    def test_other_sequences(self):
        sequence = self.env.ref("itsm_desk.ir_sequence_incident")
        sequence.implementation = "no_gap"
        tickets = self._create(4).filtered(lambda rec: rec.ticket_type == "incident")
        self.assertEqual(len(set(tickets.mapped("name"))), 2)
        own = sequence.copy({"company_id": self.company.id, "prefix": "OWN"})
        self.assertTrue(self._file().name.startswith("OWN"))
        own.active = False

    def test_reading_a_list(self):
        self._create(40)
        self.env.flush_all()
        self.env.invalidate_all()
        tickets = self.env["itsm.ticket"].with_user(self.technician)
        specification = {
            name: {}
            for name in (
                "name",
                "subject",
                "priority",
                "state",
                "create_date",
                "can_take",
            )
        }
        specification |= {
            name: {"fields": {"display_name": {}}}
            for name in ("partner_id", "service_id", "team_id", "user_id")
        }
        tickets.web_search_read([], specification, limit=10)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        tickets.web_search_read([], specification, limit=40)
        self.assertLess(self.env.cr.sql_log_count - before, 25)
        self.env.invalidate_all()
        with self.env.cr.savepoint(flush=False) as point:
            # as on a replica
            self.env.cr.execute("SET TRANSACTION READ ONLY")
            rows = tickets.web_search_read([], specification, limit=40)["records"]
            point.rollback()
        self.assertEqual(len(rows), 40)
        self.assertTrue(all(row["partner_id"]["display_name"] for row in rows))
