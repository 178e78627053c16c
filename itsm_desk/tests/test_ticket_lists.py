from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketLists(DeskCommon):
    """What people see first: their queue, what is open, what they have to do."""

    def _first_action(self, user):
        """Return the action that the app opens with."""
        root = self.env.ref("itsm_desk.itsm_menu_root")
        menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
        return self.env["ir.actions.act_window"].browse(menus[root.id]["actionID"])

    def _search_as_view(self, action, user):
        """Return the tickets as the list of the action shows them."""
        view = action.view_ids.filtered(lambda one: one.view_mode == "list").view_id
        Ticket = self.env["itsm.ticket"].with_user(user)
        arch = etree.fromstring(Ticket.get_view(view.id, "list")["arch"])
        return Ticket.search([], order=arch.get("default_order"))

    def test_where_the_app_opens(self):
        for user, action in (
            (self.technician, "queue"),
            (self.lead, "team_queue"),
            (self.manager, "team_queue"),
            (self.requester, "mine"),
            (self.quality, "mine"),
        ):
            with self.subTest(user=user.login):
                found = self._first_action(user)
                wanted = self.env.ref(f"itsm_desk.itsm_ticket_action_{action}")
                self.assertEqual(found, wanted)

    def test_order(self):
        low = self._file(impact="1", urgency="1")
        high = self._file(impact="3", urgency="3")
        middle = self._file(impact="2", urgency="2")
        queue = self.env.ref("itsm_desk.itsm_ticket_action_queue")
        found = self._search_as_view(queue, self.technician)
        mine = low | high | middle
        deadlines = [ticket.sla_next_deadline for ticket in found if ticket in mine]
        self.assertTrue(all(deadlines))
        self.assertEqual(deadlines, sorted(deadlines))
        high.action_cancel("Found it")
        action = self.env.ref("itsm_desk.itsm_ticket_action_mine")
        found = self._search_as_view(action, self.requester)
        self.assertEqual(found.ids, (middle | low | high).ids)
        Ticket = self.env["itsm.ticket"].with_user(self.requester)
        self.assertEqual(Ticket.search([("is_ended", "=", True)]), high)
        self.assertEqual(Ticket.search([("is_ended", "=", False)]), middle | low)

    def test_taking_several(self):
        """All that are marked in the queue, or none of them."""
        tickets = self._file() | self._file()
        tickets.with_user(self.technician).action_take()
        self.assertEqual(tickets.user_id, self.technician)
        others = self._file() | tickets[0]
        with self.assertRaises(UserError):
            others.with_user(self.colleague).action_take()
        self.assertFalse(others[0].user_id)

    def test_name_and_visit(self):
        ticket = self._file()
        self.assertEqual(ticket.display_name, f"{ticket.name} No mail")
        with self.assertRaises(AccessError):
            self._file(visit_at="2026-03-02 09:00:00")
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.visit_at = "2026-03-02 09:00:00"
        with self.assertRaises(AccessError):
            ticket.with_user(self.colleague).visit_at = False
        self.assertEqual(str(ticket.visit_at), "2026-03-02 09:00:00")

    def test_requesters_are_called_to_sign_off(self):
        kind = self.env.ref("itsm_desk.mail_activity_type_sign_off")
        ticket = self._solve(self._file())
        called = ticket.sudo().activity_ids
        self.assertEqual(called.activity_type_id, kind)
        self.assertEqual(called.user_id, self.requester)
        ticket.action_refuse_solution("No")
        self.assertNotIn(kind, ticket.sudo().activity_ids.activity_type_id)
        mine = ticket.with_user(self.technician)
        self._fill_form(ticket)
        mine.action_solve()
        self.assertIn(kind, ticket.sudo().activity_ids.activity_type_id)
        ticket.action_sign_off(4)
        self.assertFalse(ticket.sudo().activity_ids)
        # Requesters in the portal have no activities; a mail tells them.
        ticket = self._solve(self._file_portal())
        self.assertFalse(ticket.sudo().activity_ids)

    def test_a_board_has_no_empty_column(self):
        """On a phone one column is shown, and "New" is often empty."""
        self._solve(self._file())
        Ticket = self.env["itsm.ticket"].with_user(self.technician)
        found = Ticket.web_read_group(
            [("state", "=", "solved")], ["state"], ["__count"]
        )
        self.assertEqual([row["state"] for row in found["groups"]], ["solved"])

    def test_a_board_reads_what_it_shows(self):
        """Not the texts of hundreds of tickets, of which it shows the subject."""
        tickets = self._file(description="Long") | self._file(description="Long")
        Ticket = self.env["itsm.ticket"].with_user(self.technician)
        shown = {"subject": {}, "partner_id": {"fields": {"display_name": {}}}}
        self.env.flush_all()
        self.env.invalidate_all()
        found = Ticket.web_read_group(
            [("id", "in", tickets.ids)],
            ["state"],
            ["__count"],
            auto_unfold=True,
            unfold_read_specification=shown,
        )
        [rows] = [group["__records"] for group in found["groups"]]
        self.assertEqual(
            {row["partner_id"]["display_name"] for row in rows}, {self.requester.name}
        )
        for ticket in tickets:
            self.assertNotIn("description", ticket._cache)

    def test_lists_count_no_further_than_told(self):
        """Who opens one of a hundred thousand waits for a thousand: the rest is "+"."""
        Ticket = self.env["itsm.ticket"].with_user(self.technician)
        for name in ("list", "list_queue", "list_mine"):
            view = self.env.ref(f"itsm_desk.itsm_ticket_view_{name}")
            arch = etree.fromstring(Ticket.get_view(view.id, "list")["arch"])
            self.assertEqual(arch.get("count_limit"), "1000", name)

    def test_filters_of_a_manager(self):
        paused, ended = self._file(), self._file()
        for ticket in paused | ended:
            ticket.with_user(self.technician).action_take()
        paused.with_user(self.technician).action_pend(self.reason_parts.id)
        ended.with_user(self.technician).action_cancel("Found it")
        arch = self.env["itsm.ticket"].with_user(self.lead).get_view(False, "search")
        arch = etree.fromstring(arch["arch"])
        for name, ticket in (("pending", paused), ("ended", ended)):
            [domain] = arch.xpath(f"//filter[@name='{name}']/@domain")
            found = self.env["itsm.ticket"].search(literal_eval(domain))
            self.assertIn(ticket, found)
            self.assertNotIn((paused | ended) - ticket, found)

    def test_teams_of_a_deputy(self):
        """Who stands in for the lead looks after the team, too."""
        deputy = self._new_user("deputy", "group_itsm_supervisor")
        domain = self.env.ref("itsm_desk.itsm_team_action_overview").domain
        domain = safe_eval(domain, {"uid": deputy.id})
        teams = self.env["itsm.team"].with_user(deputy)
        self.assertFalse(teams.search(domain))
        self.team.deputy_id = deputy
        self.assertEqual(teams.search(domain), self.team)

    def test_settings_are_explained(self):
        """Whoever leads the desk reads what a number of days or months means."""
        settings = self.env["itsm.settings"].with_user(self.manager)
        view = settings.get_view(False, "form")
        shown = etree.fromstring(view["arch"]).xpath("//field/@name")
        told = settings.fields_get(shown, ["help"])
        silent = {name for name in shown if not told[name].get("help")}
        self.assertEqual(silent - {"company_id"}, {"mail_checklist"})
        self.assertIn("calendar days", told["itsm_second_repair_days"]["help"])
        named = settings.fields_get(["itsm_tz"], ["string"])
        self.assertNotIn("help", named["itsm_tz"])

    def test_the_form_says_what_to_do(self):
        """Who is new at the desk sees what follows from a button."""
        Ticket = self.env["itsm.ticket"].with_user(self.technician)
        arch = etree.fromstring(Ticket.get_view(False, "form")["arch"])
        for button in ("Take", "Pause", "Escalate", "Log a Call", "Blank a Text"):
            [told] = arch.xpath(f"//header/button[@string='{button}']/@help")
            self.assertTrue(told.endswith("."))
        needed = arch.xpath("//field[@class='o_required_modifier']/@name")
        self.assertEqual(
            sorted(needed), ["action_taken", "cause", "resolution_code_id"]
        )
        text = " ".join("".join(arch.itertext()).split())
        self.assertIn("whoever answers first owns it", text)
        self.assertIn("Minutes are entered as lines of Work", text)
