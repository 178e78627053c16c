from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import SlaCommon, utc

MONDAY = "2025-06-09"


@tagged("post_install", "-at_install")
class TestDailyCheck(SlaCommon):
    """The morning of a lead: found by queries, answered, signed, or climbing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.deputy, cls.quality = (
            new_test_user(
                cls.env, f"sla_{name}", f"itsm_desk.group_itsm_{group}", **users
            )
            for name, group in (("deputy", "technician"), ("quality", "quality"))
        )
        cls.team.deputy_id = cls.deputy
        cls.team.member_ids |= cls.deputy
        cls.env["itsm.team"].search([("id", "!=", cls.team.id)]).leader_id = False
        cls.classPatch(cls.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)

    def _open(self, moment=f"{MONDAY} 08:00"):
        with freeze_time(utc(moment)):
            self.env["itsm.daily.check"]._cron_open()
        return self.env["itsm.daily.check"].search(
            [("team_id", "=", self.team.id)], limit=1
        )

    def _play_week(self):
        """Leave one ticket of each kind of trouble, and one in order."""
        tickets = {}
        with freeze_time(utc("2025-06-02 09:00")):
            for kind in ("overdue", "silent", "paused", "form", "escalation", "good"):
                tickets[kind] = self._create_ticket(subject=kind)
                self._assign(tickets[kind])
            for kind in ("silent", "form", "good"):
                self._step(tickets[kind], "in_progress")
            self._step(tickets["paused"], "pending", self.waiting)
            tickets["silent"].with_user(self.technician).cause = "Being looked at"
        with freeze_time(utc("2025-06-06 16:00")):
            tickets["escalation"].with_user(self.technician).action_escalate(
                "l2", "Help"
            )
            tickets["unowned"] = self._create_ticket(subject="unowned")
            tickets["good"].with_user(self.technician).cause = "Known"
        with freeze_time(utc("2025-06-08 15:00")):
            self._answer(tickets["good"])
            self._answer(tickets["form"])
            tickets["rating"] = self._create_ticket(subject="rating")
            for state in ("assigned", "in_progress", "solved"):
                self._step(tickets["rating"], state)
            tickets["rating"].with_user(self.requester).action_sign_off(2)
        self.env["itsm.sla.policy"].search([]).active = False
        with freeze_time(utc("2025-06-09 07:30")):
            tickets["fresh"] = self._create_ticket(subject="fresh")
        return tickets

    def test_findings(self):
        tickets = self._play_week()
        check = self._open()
        found = {}
        for finding in check.finding_ids:
            found.setdefault(finding.kind, set()).add(finding.ticket_id.subject)
        self.assertEqual(found["unowned"], {"unowned"})
        self.assertEqual(found["paused"], {"paused"})
        self.assertEqual(found["form"], {"form"})
        self.assertEqual(found["rating"], {"rating"})
        self.assertEqual(found["escalation"], {"escalation"})
        self.assertIn("silent", found["silent"])
        self.assertFalse({"good", "form", "paused", "fresh"} & found["silent"])
        self.assertIn("overdue", found["overdue"])
        self.assertNotIn("fresh", set().union(*found.values()))
        paused = check.finding_ids.filtered(lambda item: item.kind == "paused")
        self.assertIn("6 days", paused.detail)
        silent = check.finding_ids.filtered(
            lambda item: item.ticket_id == tickets["silent"]
        )
        self.assertTrue(any("167 hours" in item.detail for item in silent), silent)
        self.assertEqual(check.activity_ids.user_id, self.lead)
        # The rating of yesterday was found today and is not found again.
        following = self._open("2025-06-10 08:00")
        kinds = set(following.finding_ids.mapped("kind"))
        self.assertNotIn("rating", kinds)

    def test_mails_that_were_not_filed(self):
        """Those that wait, and those that only their subject put aside, once."""
        mails = self.env["itsm.inbound.mail"].sudo()

        def receive(name, received_at, **values):
            return mails.create(
                {
                    "message_id": f"<{name}@example.com>",
                    "subject": name,
                    "received_at": utc(received_at),
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    **values,
                }
            )

        failed = receive("failed", "2025-06-05 08:00", state="failed")
        aside = receive(
            "aside",
            "2025-06-08 08:00",
            state="ignored",
            kind="vacation",
            is_by_subject=True,
        )
        receive("notice", "2025-06-08 08:00", state="ignored", kind="vacation")
        receive("filed", "2025-06-08 08:00", state="filed", is_by_subject=True)
        lost = receive("lost", "2025-06-08 08:00", state="failed", team_id=False)
        check = self._open()
        found = check.finding_ids.filtered(lambda item: item.kind == "mail")
        is_first = self.team == self.env["itsm.team"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        expected = failed | aside | (lost if is_first else mails)
        self.assertEqual(found.mail_id, expected)
        self.assertIn("96 hours", found.filtered(lambda f: f.mail_id == failed).detail)
        opened = found.filtered(lambda f: f.mail_id == aside)
        action = opened.with_user(self.lead).action_open()
        self.assertEqual(action["res_id"], aside.id)
        self.assertTrue(aside.with_user(self.lead).has_access("read"))
        following = self._open("2025-06-10 08:00")
        found = following.finding_ids.filtered(lambda item: item.kind == "mail")
        self.assertEqual(found.mail_id, expected - aside)

    def test_working_days_and_mornings(self):
        checks = self.env["itsm.daily.check"]
        self.assertFalse(self._open("2025-06-08 09:00"), "a Sunday")
        self.assertFalse(self._open(f"{MONDAY} 03:00"), "too early")
        self._create_holiday("2025-06-09 00:00:00", "2025-06-09 23:59:59")
        self.assertFalse(self._open(f"{MONDAY} 08:00"), "a holiday")
        first = self._open("2025-06-10 08:00")
        self.assertEqual(self._open("2025-06-10 11:00"), first)
        self.assertEqual(checks.search_count([("team_id", "=", self.team.id)]), 1)
        self.team.write(
            {"leader_id": False, "deputy_id": False, "member_ids": [Command.clear()]}
        )
        self.assertEqual(self._open("2025-06-11 08:00"), first, "nobody works there")

    def _answer_all(self, check, user):
        check.with_user(user).write(
            {
                "finding_ids": [
                    Command.update(item.id, {"act": "none", "remark": "Looked at"})
                    for item in check.finding_ids
                ]
            }
        )

    @freeze_time(f"{MONDAY} 09:30:00")
    def test_signed_by_the_lead(self):
        self._play_week()
        check = self._open()
        mine = check.with_user(self.lead)
        with self.assertRaisesRegex(UserError, "have no act or no remark"):
            mine.action_sign()
        for user in (self.technician, self.requester):
            self.assertFalse(check.with_user(user).has_access("read"))
        with self.assertRaises(AccessError):
            check.with_user(self.quality).finding_ids[0].remark = "x"
        finding = mine.finding_ids[0]
        for vals in ({"detail": "nothing"}, {"kind": "rating"}, {"ticket_id": False}):
            with self.assertRaises(AccessError):
                finding.write(vals)
        with self.assertRaises(UserError):
            finding.sudo().unlink()
        with self.assertRaises(UserError):
            check.sudo().unlink()
        with self.assertRaises(UserError):
            self.env["itsm.daily.check"].with_user(self.manager).sudo().create(
                {"team_id": self.team.id, "day": "2025-06-12"}
            )
        self._answer_all(check, self.lead)
        self.assertEqual(check.answered_count, check.finding_count)
        mine.action_sign()
        self.assertRecordValues(
            check, [{"state": "signed", "signed_by_id": self.lead.id, "is_late": False}]
        )
        self.assertFalse(check.activity_ids)
        with self.assertRaisesRegex(UserError, "signed"):
            finding.remark = "Afterwards"
        with self.assertRaisesRegex(UserError, "already"):
            mine.action_sign()

    def _read_asked(self, check):
        kind = self.env.ref("itsm_desk.mail_activity_type_daily_check")
        asked = check.activity_ids.filtered(lambda task: task.activity_type_id == kind)
        return asked.user_id

    def test_lead_is_away(self):
        """The deputy is asked, who reads the tickets; with nobody, the managers are."""
        self.team.member_ids -= self.deputy
        tickets = self._play_week()
        self.assertTrue(tickets["unowned"].with_user(self.deputy).has_access("read"))
        employee = self.env["hr.employee"].create(
            {"name": "Lead", "user_id": self.lead.id, "company_id": self.company.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "resource_id": employee.resource_id.id,
                "company_id": self.company.id,
                "date_from": utc(f"{MONDAY} 00:00"),
                "date_to": utc("2025-06-11 00:00"),
            }
        )
        self.assertEqual(self._read_asked(self._open()), self.deputy)
        self.team.deputy_id = False
        self.assertFalse(tickets["unowned"].with_user(self.deputy).has_access("read"))
        check = self._open("2025-06-10 08:00")
        self.assertIn(self.manager, self._read_asked(check))

    def test_team_without_a_lead(self):
        self.team.leader_id = self.team.deputy_id = False
        check = self._open()
        self.assertEqual(self._read_asked(check), self.manager)

    @freeze_time(f"{MONDAY} 10:00:00")
    def test_deputy(self):
        check = self._open()
        check.with_user(self.deputy).action_sign()
        self.assertEqual(check.signed_by_id, self.deputy)

    def test_locked_and_climbing(self):
        self._play_week()
        check = self._open()
        self._open("2025-06-10 08:00")
        late = self.env.ref("itsm_desk.mail_activity_type_daily_check_late")
        self.assertTrue(check.climbed_at)
        tasks = check.activity_ids
        self.assertEqual((tasks.activity_type_id, tasks.user_id), (late, self.manager))
        self._open("2025-06-10 12:00")
        self.assertEqual(check.activity_ids, tasks)
        with freeze_time(utc("2025-06-10 09:00")):
            with self.assertRaisesRegex(UserError, "its day is over"):
                check.with_user(self.lead).finding_ids[0].remark = "Too late"
            with self.assertRaisesRegex(UserError, "its day is over"):
                check.with_user(self.lead).action_sign()
            self._answer_all(check, self.manager)
            check.with_user(self.manager).action_sign()
        self.assertTrue(check.is_late)

    def test_many_findings_are_bounded(self):
        with freeze_time(utc("2025-06-05 09:00")):
            self._create_ticket(count=30)
        check = self._open()
        unowned = check.finding_ids.filtered(lambda item: item.kind == "unowned")
        self.assertEqual(len(unowned), 26)
        self.assertIn("and 5 more", unowned.filtered(lambda x: not x.ticket_id).detail)
        self.assertGreater(check.opened_at, utc("2025-06-09 07:00") - timedelta(days=1))
