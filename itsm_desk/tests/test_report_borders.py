"""Figures of days and months where they begin and end, counted a second time."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..models.report import kpi_days
from .test_report_kpi import KpiCommon

OPEN = ("new", "waiting_approval", "assigned", "in_progress", "pending")
NEAR = (-3, -1, -1, 0, 0, 0, 1, 1, 3, 3599, 3600, 3601)
"""Seconds from midnight at which something happens; the last ones around the hour that
a change of the clocks takes or gives."""


class BorderCommon(KpiCommon):
    """Weeks in which all happens around midnight, counted night by night.

    The company counts its days in another zone than its teams work in. There is a
    change of the clocks, the end of a month, and a stop of nine days. What comes late
    is counted again two days long: older days are corrected by what took them back.
    """

    ACTS = 140
    ZONE = "Europe/Brussels"
    FIRST = "2025-10-15 21:30"

    @classmethod
    def _prepare_zones(cls):
        for name in {"itsm_tz", "outsourcing_tz"}.intersection(cls.company._fields):
            cls.company[name] = cls.ZONE
        # It works day and night: misses fall at any moment, at midnight too.
        cls.second.resource_calendar_id = cls._create_calendar(
            "Night and day", [(0, 24)], range(7), "Asia/Shanghai"
        )
        cls.team.resource_calendar_id = cls._create_calendar(
            "Far away", [(0, 12), (12, 24)], range(7), "America/St_Johns"
        )
        cls.classPatch(kpi_days, "LATE_DAYS", 2)
        cls.steps = 0

    @classmethod
    def _get_midnight(cls, day):
        """Return when a day begins for the company (naive UTC)."""
        local = datetime.combine(day, time.min, ZoneInfo(cls.ZONE))
        return local.astimezone(UTC).replace(tzinfo=None)

    @classmethod
    def _get_day(cls, moment):
        """Return the day of the company on which something happened."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(cls.ZONE)).date()

    @classmethod
    def _get_next_moment(cls, rng, moment):
        """Go on by seconds around a midnight, then to one of the next ones.

        On the way the nights pass, each with its job.
        """
        day = cls._get_day(moment + timedelta(hours=12))
        midnight = cls._get_midnight(day)
        later = [
            at
            for second in NEAR
            if (at := midnight + timedelta(seconds=second)) > moment
        ]
        if later and rng.random() < 0.75:
            found = rng.choice(later)
        else:
            cls.steps += 1
            days = 9 if cls.steps == 12 else 1
            midnight = cls._get_midnight(day + timedelta(days=days))
            # A target of four hours, or of sixteen, then ends at a midnight, too.
            hours = rng.choice((0, 0, 0, 4, 16))
            second = rng.choice(NEAR)
            found = midnight + timedelta(seconds=second) - timedelta(hours=hours)
            found = max(found, moment + timedelta(seconds=1))
        cls._pass_nights(moment, found)
        return found

    @classmethod
    def _pass_nights(cls, start, end):
        """Run the jobs of the nights between two moments, half an hour after each."""
        if not cls.tickets:
            return
        day = cls._get_day(start)
        while (at := cls._get_midnight(day) + timedelta(minutes=30)) <= end:
            if at > start:
                with freeze_time(at):
                    cls.env["itsm.sla.clock"]._cron_process()
                    cls.env["itsm.kpi.day"]._cron_count()
            day += timedelta(days=1)

    @classmethod
    def _act(cls, rng, ticket, moment):
        if ticket.state not in (*OPEN, "solved"):
            ticket = rng.choice(
                cls.tickets.filtered(lambda one: one.state in OPEN) or ticket
            )
        if rng.random() < 0.12 and ticket.state in OPEN:
            other = (cls.team | cls.second) - ticket.team_id
            try:
                with cls.env.cr.savepoint():
                    ticket.with_user(cls.manager).team_id = rng.choice(other)
            except UserError:
                cls.env.invalidate_all()
            return
        super()._act(rng, ticket, moment)

    def setUp(self):
        super().setUp()
        self.last = self._get_day(self.end)
        self._pass_nights(self.end - timedelta(days=2), self.end + timedelta(days=3))
        self.env.flush_all()
        self.env.invalidate_all()
        (first,) = self.env["itsm.kpi.day"]._read_group(
            [("company_id", "=", self.company.id)], [], ["day:min", "day:max"]
        )
        self.first, self.counted_to = first

    def _read_days(self, *groups):
        """Return ``{(code, *groups): (numerator, denominator)}`` of the facts."""
        rows = self.env["itsm.kpi.day"]._read_group(
            [("company_id", "=", self.company.id)],
            ["kpi_id", *groups],
            ["numerator:sum", "denominator:sum"],
        )
        return {
            (kpi.code, *(getattr(key, "id", key) for key in keys)): (
                round(numerator, 4),
                round(denominator, 4),
            )
            for kpi, *keys, numerator, denominator in rows
            if numerator or denominator
        }

    # ------------------------------------------------------------
    # THE SECOND COUNT
    # ------------------------------------------------------------

    def _expect_steps(self):
        """Return ``{(code, day, team): [numerator, denominator]}`` from the entries."""
        sums = defaultdict(lambda: [0, 0])

        def add(code, event, numerator, denominator=0):
            row = sums[code, self._get_day(event.at), event.team_id.id]
            row[0] += numerator
            row[1] += denominator

        for ticket in self.tickets:
            events = ticket.event_ids.filtered(lambda row: not row.clock_id)
            steps = events.filtered(lambda row: row.kind == "state").sorted("id")
            add("filed", events.filtered(lambda row: row.kind == "filed"), 1)
            back = [
                row.id
                for row in steps
                if (row.old_value, row.new_value) == ("solved", "in_progress")
            ]
            for row in steps:
                if row.id in back:
                    add("reopened", row, 1)
                elif row.new_value == "solved":
                    add("reopened", row, 0, 1)
                    if row.id > max(back, default=0):
                        minutes = ticket.handling_ids.work_line_ids.mapped("minutes")
                        add("solved", row, 1)
                        add("handling_minutes", row, sum(minutes), 1)
                        add("first_contact", row, ticket.is_first_contact_fix, 1)
                elif row.new_value == "closed":
                    add("unsigned", row, ticket.sign_off_method == "unsigned", 1)
                    if ticket.is_satisfaction_counted:
                        add("satisfaction", row, ticket.rating_value, 1)
        return {key: tuple(row) for key, row in sums.items()}

    def _expect_clocks(self, kind):
        """Return ``{day: [met, decided]}`` of the clocks of a kind."""
        sums = defaultdict(lambda: [0, 0])
        clocks = self.tickets.clock_ids.filtered(
            lambda clock: (
                clock.kind == kind
                and clock.state in ("met", "breached")
                and not clock.is_cancelled
                and (kind != "response" or clock.ticket_id.is_response_counted)
            )
        )
        for clock in clocks:
            row = sums[self._get_day(clock.breached_at or clock.stopped_at)]
            row[0] += clock.state == "met"
            row[1] += 1
        return {day: tuple(row) for day, row in sums.items()}

    def _expect_backlog(self):
        """Return ``{(day, team): tickets}`` that were open as each day ended."""
        found = Counter()
        day = self.first
        histories = [
            ticket.event_ids.filtered(lambda row: not row.clock_id).sorted("id")
            for ticket in self.tickets
        ]
        while day <= self.counted_to:
            end = self._get_midnight(day + timedelta(days=1))
            for history in histories:
                before = history.filtered(lambda row, end=end: row.at < end)
                if before and before[-1].ticket_state in OPEN:
                    found[day, before[-1].team_id.id] += 1
            day += timedelta(days=1)
        return dict(found)


class BorderCases:
    maxDiff = None

    """What must hold in each zone."""

    allow_inherited_tests_method = True

    def test_days_equal_a_second_count(self):
        facts = self._read_days("day:day", "team_id")
        expected = self._expect_steps()
        codes = {code for code, *_rest in expected}
        self.assertEqual(len(codes), 7)
        self.assertEqual(
            {key: value for key, value in facts.items() if key[0] in codes},
            {key: value for key, value in expected.items() if any(value)},
        )
        near = sum(
            abs((row.at - self._get_midnight(self._get_day(row.at))).total_seconds())
            < 5
            for row in self.tickets.event_ids
        )
        self.assertGreater(near, 40, "little happened just after a midnight")
        self.assertTrue(self.tickets.filtered("reopen_count"))
        days = self._read_days("day:day")
        for kind in ("response", "resolution"):
            decided = self._expect_clocks(kind)
            self.assertTrue(decided)
            self.assertEqual(
                {key[1]: value for key, value in days.items() if key[0] == kind},
                decided,
                kind,
            )
        self.assertEqual(
            {key[1:]: row[0] for key, row in facts.items() if key[0] == "backlog"},
            self._expect_backlog(),
        )

    def test_counted_again_is_what_the_nights_counted(self):
        nightly = self._read_facts()
        self.assertGreater(len(nightly), 300)
        kpi_days.count_again(self.company, self.first)
        self._count(self._get_midnight(self.counted_to) + timedelta(hours=25))
        again = self._read_facts()
        missing, more = (
            (Counter(one) - Counter(other)).elements()
            for one, other in ((nightly, again), (again, nightly))
        )
        self.assertEqual(sorted(missing), sorted(more))

    def test_sums(self):
        """Days make the month, teams the company; nothing is in two or in none."""
        days, months, teams = (
            {
                key: row
                for key, row in self._read_days(*groups).items()
                if key[0] != "silence"
            }
            for groups in (["day:day"], ["day:month"], ["day:month", "team_id"])
        )
        sums = [defaultdict(lambda: [0, 0]) for _number in range(2)]
        for table, found in zip(sums, (days, teams), strict=True):
            for (code, day, *_team), row in found.items():
                for place, value in enumerate(row):
                    table[code, day.replace(day=1)][place] += value
        for table in sums:
            self.assertEqual(
                {key: tuple(round(x, 2) for x in row) for key, row in table.items()},
                {key: tuple(round(x, 2) for x in row) for key, row in months.items()},
            )
        filed = sum(row[0] for key, row in months.items() if key[0] == "filed")
        self.assertEqual(filed, len(self.tickets))
        board = self.env["itsm.kpi.board"].search(
            [("company_id", "=", self.company.id), ("kpi_id.kind", "=", "sum")]
        )
        self.assertTrue(board)
        for whole in board.filtered("is_company"):
            parts = board.filtered(
                lambda row, whole=whole: (
                    not row.is_company
                    and (row.kpi_id, row.month) == (whole.kpi_id, whole.month)
                )
            )
            self.assertAlmostEqual(whole.value, sum(parts.mapped("value")))
            self.assertAlmostEqual(
                whole.value, months.get((whole.kpi_id.code, whole.month), (0,))[0]
            )

    def test_report_of_a_month(self):
        for month in sorted(
            {self._get_day(e.at).replace(day=1) for e in self.tickets.event_ids}
        )[:-1]:
            report = (
                self.env["itsm.service.report"]
                .with_user(self.manager)
                .create({"month": month, "company_id": self.company.id})
            )
            with freeze_time(self.end + timedelta(days=3)):
                report.action_issue()
            months = self._read_days("day:month")
            kpis = {
                kpi["code"]: kpi["months"][f"{month:%Y-%m}"]
                for kpi in report.figures["kpis"]
            }
            for code in ("filed", "solved"):
                self.assertEqual(
                    kpis[code]["value"] or 0, months.get((code, month), (0,))[0], code
                )
            spoken = [
                ticket
                for ticket in self.tickets
                if ticket.channel == "phone"
                and self._get_filing_day(ticket).replace(day=1) == month
            ]
            self.assertEqual(report.figures["excluded"]["spoken"], len(spoken))

    def _get_filing_day(self, ticket):
        event = ticket.event_ids.filtered(lambda row: row.kind == "filed")
        return self._get_day(event.at)

    def test_assessment_of_a_month(self):
        """A person's entries of a month are those of its days, whatever the zone."""
        facts = self._read_days("day:month", "user_id")
        seen = 0
        for month in sorted({self.first.replace(day=1), self.last.replace(day=1)}):
            with freeze_time(self.end + timedelta(days=40)):
                assessment = (
                    self.env["itsm.assessment"]
                    .with_user(self.manager)
                    .create({"technician_id": self.technician.id, "date_from": month})
                )
            self.assertFalse(assessment.exclusion_ids)
            for line in assessment.line_ids:
                key = (line.kpi_id.code, month, self.technician.id)
                counted = [sum(row[place] for row in line.counted) for place in (1, 2)]
                self.assertEqual(
                    tuple(round(value, 4) for value in counted), facts[key], key
                )
                seen += 1
            known = {
                code for code, *rest in facts if rest == [month, self.technician.id]
            }
            self.assertLessEqual(
                known & {"solved", "reopened", "resolution", "satisfaction"},
                set(assessment.line_ids.mapped("kpi_id.code")),
            )
        self.assertGreater(seen, 8)


@tagged("post_install", "-at_install")
class TestBordersInAutumn(BorderCases, BorderCommon):
    """Brussels: the clocks go back on 26 October."""


@tagged("post_install", "-at_install")
class TestBordersInSpring(BorderCases, BorderCommon):
    """Santiago: the clocks go forward at midnight, so a day begins at one o'clock."""

    ZONE = "America/Santiago"
    FIRST = "2025-08-25 03:30"


@tagged("post_install", "-at_install")
class TestBordersAhead(BorderCases, BorderCommon):
    """Auckland: half a day ahead, the clocks go forward on 28 September."""

    ZONE = "Pacific/Auckland"
    FIRST = "2025-09-20 11:30"
