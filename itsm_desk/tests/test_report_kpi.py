import json
import random
import re
from collections import Counter
from datetime import timedelta
from math import sqrt

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import file_open, mute_logger

from ..models.event.ticket_measures import get_backlog
from ..models.report.kpi_counting import (
    COUNTERS,
    FLUSHED,
    count_day,
    forget_people,
)
from ..models.report.kpi_days import make_scope
from .common import SlaCommon, utc

FACTS = (
    "day",
    "kpi_id",
    "team_id",
    "service_id",
    "user_id",
    "numerator",
    "denominator",
)


class KpiCommon(SlaCommon):
    """Three weeks of tickets of two teams, which go all kinds of ways."""

    ACTS = 170
    FIRST = "2025-06-02 08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.team.copy({"name": "Second line", "support_level": "l2"})
        cls.second.member_ids = cls.team.member_ids
        users = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.quality = new_test_user(
            cls.env, "sla_quality", "itsm_desk.group_itsm_quality", **users
        )
        cls.service = cls.env["itsm.service"].create(
            {
                "name": "Printing",
                "category_id": cls.env.ref("itsm_desk.itsm_category_office").id,
                "company_id": cls.company.id,
                "team_id": cls.team.id,
            }
        )
        cls.classPatch(cls.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        cls._prepare_zones()
        cls.tickets = cls.env["itsm.ticket"]
        rng, moment = random.Random(4), utc(cls.FIRST)
        for _act in range(cls.ACTS):
            moment = cls._get_next_moment(rng, moment)
            with freeze_time(moment):
                if rng.random() < 0.2 or not cls.tickets:
                    cls.tickets |= cls._create_ticket(
                        channel=rng.choice(["portal", "phone", "mail"]),
                        service_id=rng.choice([False, cls.service.id]),
                    )
                else:
                    cls._act(rng, rng.choice(cls.tickets), moment)
                if moment.minute % 5 == 0:
                    # Misses are found now and then, as by the scheduled job.
                    cls.env["itsm.sla.clock"]._cron_process()
        with freeze_time(moment + timedelta(minutes=1)):
            declined = cls._create_ticket()
            cls.tickets |= declined
            mine = declined.with_user(cls.technician)
            mine.action_take()
            mine.action_start()
            mine.action_escalate("l2", "Help", team_id=cls.second.id)
            declined.with_user(cls.lead).action_decline("Ask again")
        cls.end = utc(f"{moment.date()} 23:59") + timedelta(minutes=1)
        cls.env.flush_all()

    @classmethod
    def _prepare_zones(cls):
        """Leave company and teams in UTC."""

    @classmethod
    def _get_next_moment(cls, rng, moment):
        """Return when the next act happens (naive UTC), after ``moment``."""
        return moment + timedelta(minutes=rng.randrange(1, 330))

    @classmethod
    def _act(cls, rng, ticket, moment):
        mine = ticket.with_user(cls.technician)
        theirs = ticket.with_user(cls.requester)
        cancel = lambda: mine.action_cancel("Not needed")  # noqa: E731
        call = lambda: mine.action_log_call("Told what comes next")  # noqa: E731
        act = rng.choice(
            {
                "new": [mine.action_take] * 3
                + [ticket.with_user(cls.lead).action_take],
                "assigned": [mine.action_start, mine.action_start, call, cancel],
                "in_progress": [
                    *[lambda: cls._solve(mine, rng.randrange(5, 90))] * 4,
                    call,
                    lambda: mine.action_pend(cls.waiting.id),
                    lambda: mine.action_escalate("l2", "Help", team_id=cls.second.id),
                    ticket.with_user(cls.lead).action_take,
                ],
                "pending": [mine.action_resume, mine.action_resume, call, cancel],
                "solved": [
                    lambda: theirs.action_refuse_solution("No"),
                    *[lambda: theirs.action_sign_off(rng.randrange(1, 6))] * 2,
                ],
            }.get(ticket.state, [lambda: None])
        )
        try:
            with cls.env.cr.savepoint():
                act()
        except UserError:
            cls.env.invalidate_all()

    @classmethod
    def _solve(cls, ticket, minutes):
        ticket.write(
            {
                "cause": "Paper jam.",
                "action_taken": "Paper removed.",
                "minutes_spent": minutes,
                "resolution_code_id": cls.code_fixed.id,
            }
        )
        ticket.action_solve()

    def _count(self, moment=None, steps=None):
        """Run the job as at ``moment``, for so many ``steps`` at the most."""
        done = []

        def commit_progress(_self, processed=0, **_values):
            done.append(processed)
            return steps is None or len(done) < steps

        self.patch(self.registry["ir.cron"], "_commit_progress", commit_progress)
        with freeze_time(moment or self.end + timedelta(hours=2)):
            self.env["itsm.kpi.day"]._cron_count()
        self.env.invalidate_all()
        return len(done)

    def _read_facts(self):
        facts = self.env["itsm.kpi.day"].search([("company_id", "=", self.company.id)])
        return sorted(tuple(str(fact[name]) for name in FACTS) for fact in facts)

    def _sums(self, code):
        """Return ``{(team, person): (numerator, denominator)}`` of a figure."""
        rows = self.env["itsm.kpi.day"]._read_group(
            [("kpi_id.code", "=", code), ("company_id", "=", self.company.id)],
            ["team_id", "user_id"],
            ["numerator:sum", "denominator:sum"],
        )
        return {
            (team.id, user.id): (round(n, 4), round(d, 4))
            for team, user, n, d in rows
            if n or d
        }


@tagged("post_install", "-at_install")
class TestKpi(KpiCommon):
    """Nightly facts equal what the tickets themselves say, counted in another way."""

    def setUp(self):
        super().setUp()
        self._count()

    # ------------------------------------------------------------
    # EQUALITY
    # ------------------------------------------------------------

    def _expect(self, columns, condition, numerator, denominator="1", extra=""):
        """Count tickets in one query over all of their history.

        Team and owner of the moment are those of the ticket's last entry until then.
        """
        self.env.cr.execute(
            f"""
            SELECT then_.team_id, then_.owner_id, sum({numerator})::float8,
                   sum({denominator})::float8
              FROM (SELECT t.*, {columns} AS moment FROM itsm_ticket t) AS t
              LEFT JOIN itsm_sla_clock c ON c.ticket_id = t.id AND c.kind = 'resolution'
              {extra}
              CROSS JOIN LATERAL (
                SELECT e.team_id, e.owner_id FROM itsm_ticket_event e
                 WHERE e.ticket_id = t.id AND e.clock_id IS NULL AND e.at <= t.moment
                 ORDER BY e.id DESC LIMIT 1) AS then_
             WHERE t.company_id = {self.company.id} AND {condition}
             GROUP BY 1, 2
            """
        )
        return {
            (team or False, owner or False): (round(n, 4), round(d, 4))
            for team, owner, n, d in self.env.cr.fetchall()
            if n or d
        }

    def test_world(self):
        """The random histories meet everything that is counted."""
        states = Counter(self.tickets.mapped("state"))
        for state in ("closed", "solved", "cancelled", "in_progress"):
            self.assertGreater(states[state], 0, states)
        self.assertGreater(sum(self.tickets.mapped("reopen_count")), 1)
        self.assertGreater(len(self.tickets.clock_ids.filtered("breached_at")), 1)
        self.assertGreater(len(self.tickets.filtered("is_satisfaction_counted")), 1)
        counted = {
            kpi.code for (kpi,) in self.env["itsm.kpi.day"]._read_group([], ["kpi_id"])
        }
        calls = self.env["itsm.escalation"].search(
            [("ticket_id", "in", self.tickets.ids)]
        )
        self.assertGreater(len(calls.filtered("declined_at")), 0)
        repairs = {"second_repair", "complaints"}
        rare = {"escalation", "publishing", "first_look", "survey", *repairs}
        self.assertGreaterEqual(counted, COUNTERS.keys() - rare)

    def test_solutions(self):
        solved = "solved_at IS NOT NULL AND t.state IN ('solved', 'closed')"
        # Of refused attempts, too.
        minutes = "SELECT sum(minutes) FROM itsm_work_line w WHERE w.ticket_id = t.id"
        for code, numerator, condition in (
            ("solved", "1", solved),
            ("first_contact", "t.is_first_contact_fix::int", solved),
            ("handling_minutes", f"({minutes})", solved),
            (
                "time_to_solve",
                "c.consumed_seconds / 3600.0",
                f"{solved} AND c.id > 0 AND c.is_cancelled IS NOT TRUE",
            ),
        ):
            with self.subTest(code=code):
                expected = self._expect(
                    "t.solved_at",
                    condition,
                    numerator,
                    "0" if code == "solved" else "1",
                )
                self.assertTrue(expected)
                self.assertEqual(self._sums(code), expected)

    def test_sign_offs(self):
        for code, condition, numerator in (
            (
                "satisfaction",
                "t.is_satisfaction_counted AND t.rating_value > 0",
                "t.rating_value",
            ),
            ("unsigned", "t.state = 'closed'", "(sign_off_method = 'unsigned')::int"),
        ):
            with self.subTest(code=code):
                expected = self._expect("t.closed_at", condition, numerator)
                self.assertTrue(expected)
                self.assertEqual(self._sums(code), expected)

    def test_clocks(self):
        for code, extra in (
            ("response", "AND t.is_response_counted"),
            ("resolution", ""),
        ):
            clock = (
                "(SELECT COALESCE(k.breached_at, k.stopped_at) FROM itsm_sla_clock k"
                f" WHERE k.ticket_id = t.id AND k.kind = '{code}'"
                " AND k.state IN ('met', 'breached')"
                " AND NOT COALESCE(k.is_cancelled, FALSE))"
            )
            met = (
                "(SELECT k.state = 'met' FROM itsm_sla_clock k"
                f" WHERE k.ticket_id = t.id AND k.kind = '{code}')::int"
            )
            with self.subTest(code=code):
                expected = self._expect(clock, f"t.moment IS NOT NULL {extra}", met)
                self.assertTrue(expected)
                self.assertEqual(self._sums(code), expected)

    def test_refusals(self):
        found = self._sums("reopened")
        refused = sum(numerator for numerator, _d in found.values())
        solutions = sum(denominator for _n, denominator in found.values())
        self.assertEqual(refused, sum(self.tickets.mapped("reopen_count")))
        attempts = self.tickets.handling_ids.filtered(
            lambda attempt: attempt.state in ("solved", "refused")
        )
        self.assertEqual(solutions, len(attempts))

    def test_filed_and_escalated(self):
        self.assertEqual(
            sum(numerator for numerator, _d in self._sums("filed").values()),
            len(self.tickets),
        )
        calls = self.env["itsm.escalation"].search(
            [("company_id", "=", self.company.id), ("state", "!=", "waiting")]
        )
        accepted = calls.filtered(lambda call: call.state == "accepted")
        sums = self._sums("escalation").values()
        self.assertEqual(
            (sum(n for n, _d in sums), sum(d for _n, d in sums)),
            (len(accepted), len(calls)),
        )

    def test_models_are_flushed(self):
        """Every table that a query reads is written before."""
        models = {model._table: name for name, model in self.registry.items()}
        scope = make_scope(self.company, self.env["itsm.kpi.day"].search([])[0].day)
        scope = scope._replace(open_ids=())
        for code, counter in COUNTERS.items():
            tables = set(re.findall(r"(?:FROM|JOIN)\s+(\w+)", counter(scope).code))
            read = {models[table] for table in tables.intersection(models)}
            with self.subTest(code=code):
                self.assertLessEqual(read, {*FLUSHED, "itsm.ticket.event"})

    def test_levels(self):
        facts = self.env["itsm.kpi.day"]
        days = [
            day
            for (day,) in facts._read_group(
                [("company_id", "=", self.company.id)], ["day:day"]
            )
        ]
        ends = {make_scope(self.company, day).end: day for day in days}
        backlog = get_backlog(self.env, self.company, list(ends), "team")
        for moment, day in ends.items():
            rows = facts._read_group(
                [("kpi_id.code", "=", "backlog"), ("day", "=", day)],
                ["team_id"],
                ["numerator:sum"],
            )
            with self.subTest(day=day):
                self.assertEqual(
                    {team.id: number for team, number in rows if number},
                    backlog[moment],
                )
        ((mean,),) = facts._read_group(
            [("kpi_id.code", "=", "backlog"), ("company_id", "=", self.company.id)],
            [],
            ["value:avg"],
        )
        expected = sum(sum(teams.values()) for teams in backlog.values()) / len(days)
        self.assertAlmostEqual(mean, expected)

    def test_means_of_services_and_people_count_days_of_nothing(self):
        facts = self.env["itsm.kpi.day"]
        for code in ("backlog", "aged"):
            domain = [("kpi_id.code", "=", code), ("company_id", "=", self.company.id)]
            days = len(facts._read_group(domain, ["day:day"]))
            for column in ("service_id", "user_id"):
                for value, total, mean in facts._read_group(
                    [*domain, (column, "!=", False)],
                    [column],
                    ["numerator:sum", "value:avg"],
                ):
                    with self.subTest(code=code, of=value.display_name):
                        self.assertAlmostEqual(mean, total / days)

    def test_silence(self):
        day = max(self.env["itsm.kpi.day"].search([]).mapped("day"))
        end = make_scope(self.company, day).end
        waits = {}
        for ticket in self.tickets.filtered(
            lambda item: item.state in ("new", "assigned", "in_progress", "pending")
        ):
            heard = ticket.event_ids.filtered(
                lambda event: (
                    not event.clock_id
                    and (event.backlog_change == 1 or event.kind in ("answer", "reply"))
                )
            )
            hours = (end - max(heard.mapped("at"))).total_seconds() / 3600
            waits[ticket] = hours
        ((longest,),) = self.env["itsm.kpi.day"]._read_group(
            [("kpi_id.code", "=", "silence"), ("day", "=", day)], [], ["value:avg"]
        )
        self.assertAlmostEqual(longest, max(waits.values()), places=3)

    # ------------------------------------------------------------
    # COUNTING AGAIN
    # ------------------------------------------------------------

    def test_personal_figures_end(self):
        """Teams keep their sums; a day that is counted again names nobody, either."""
        columns = ["day", "team_id", "kpi_id", "numerator", "denominator", "value"]

        def read_sums():
            self.env.invalidate_all()
            rows = self.env["itsm.kpi.team.day"].search([])
            return sorted(str(row) for row in rows.read(columns, load=None))

        def read_without_id():
            return [row.split("'day'")[1] for row in read_sums()]

        facts = self.env["itsm.kpi.day"].search([("company_id", "=", self.company.id)])
        self.assertTrue(facts.user_id)
        before = read_without_id()
        self.company.itsm_keep_people_months = 2
        last = max(facts.mapped("day"))
        with freeze_time(utc(f"{last} 09:00") + timedelta(days=70)):
            # Day by day: a job that ends goes on with the next ones.
            self.assertEqual(forget_people(self.company, 1), 1)
            named = facts.filtered("user_id").mapped("day")
            self.assertNotIn(min(facts.mapped("day")), named)
            self.assertIn(last, named)
            forget_people(self.company)
            self.assertFalse(facts.user_id)
            self.assertEqual(forget_people(self.company), 0)
            scope = make_scope(self.company, last)
            count_day(self.env, scope, self.env["itsm.kpi"].search([]))
        again = self.env["itsm.kpi.day"].search([("day", "=", last)])
        self.assertTrue(again)
        self.assertFalse(again.user_id)
        self.assertEqual(sorted(read_without_id()), sorted(before))

    def test_manager_counts_again(self):
        window = self.env["itsm.kpi.recount"].with_user(self.manager)
        before = self._read_facts()
        self.env.cr.execute(
            "UPDATE itsm_kpi_day SET numerator = 99 WHERE day = %s", ["2025-06-03"]
        )
        self.env.invalidate_all()
        self._count()
        self.assertNotEqual(self._read_facts(), before, "old days are left alone")
        window.create({"day": "2025-06-03"}).action_confirm()
        self._count()
        self.assertEqual(self._read_facts(), before)
        with self.assertRaisesRegex(UserError, "days that are over"):
            window.create({"day": "2099-01-01"}).action_confirm()
        with self.assertRaises(AccessError):
            window.with_user(self.technician).create({"day": "2025-06-03"})

    # ------------------------------------------------------------
    # RIGHTS, DEFINITIONS, TARGETS
    # ------------------------------------------------------------

    def test_who_reads_whose_figures(self):
        facts = self.env["itsm.kpi.day"]
        mine = facts.with_user(self.technician).search([])
        self.assertEqual(mine.user_id, self.technician)
        led = facts.with_user(self.lead).search([])
        self.assertEqual(led.team_id, (self.team | self.second))
        everything = facts.search([("company_id", "=", self.company.id)])
        for user in (self.manager, self.quality):
            self.assertEqual(facts.with_user(user).search([]), everything)
        for user in (self.requester,):
            with self.assertRaises(AccessError):
                facts.with_user(user).search([])
        board = self.env["itsm.kpi.board"]
        with self.assertRaises(AccessError):
            board.with_user(self.technician).search([])
        self.assertTrue(board.with_user(self.lead).search([]))
        for act in (
            lambda: everything[0].sudo().write({"numerator": 1}),
            lambda: everything[0].sudo().unlink(),
            lambda: facts.sudo().create({"numerator": 1}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_definitions(self):
        kpi = self.env.ref("itsm_desk.itsm_kpi_satisfaction")
        managed = kpi.with_user(self.manager)
        managed.name = "How happy they are"
        with self.assertRaisesRegex(UserError, "counted already"):
            managed.direction = "lower"
        with self.assertRaises(UserError):
            kpi.unlink()
        with (
            self.assertRaisesRegex(UserError, "no code that is counted"),
            self.env.cr.savepoint(),
        ):
            kpi.copy({"code": "happiness"})
        with self.assertRaises(AccessError):
            kpi.with_user(self.lead).name = "x"
        self.assertEqual(
            set(self.env["itsm.kpi"].search([]).mapped("code")), {*COUNTERS}
        )

    def test_targets_of_services_and_persons(self):
        """Beside the target stands the figure, for whoever reads all of it."""
        kpi = self.env.ref("itsm_desk.itsm_kpi_handling_minutes")
        scopes = ({"user_id": self.technician.id}, {"service_id": self.service.id})
        targets = self.env["itsm.kpi.target"].create(
            [
                {"kpi_id": kpi.id, "value": 1, "date_from": "2025-06-01", **scope}
                | {"company_id": self.company.id}
                for scope in scopes
            ]
        )
        with freeze_time(self.end):
            month = fields.Date.to_string(self.end.date().replace(day=1))
            for target, (name, value) in zip(
                targets, (next(iter(scope.items())) for scope in scopes), strict=True
            ):
                self.env.cr.execute(
                    "SELECT sum(numerator) / sum(denominator) FROM itsm_kpi_day WHERE"
                    f" kpi_id = %s AND company_id = %s AND day >= %s AND {name} = %s",
                    [kpi.id, self.company.id, month, value],
                )
                ((expected,),) = self.env.cr.fetchall()
                read = target.with_user(self.manager)
                self.assertTrue(expected)
                self.assertAlmostEqual(read.current_value, expected, delta=0.01)
                self.assertEqual(read.current_status, "missed")
            own, other = targets.with_user(self.technician)
            self.assertTrue(own.current_value)
            self.assertFalse(other.current_value, "others worked on it, too")
            other.invalidate_recordset()
            self.assertFalse(targets[1].with_user(self.lead).current_status)

    def test_board(self):
        kpi = self.env.ref("itsm_desk.itsm_kpi_resolution")
        targets = self.env["itsm.kpi.target"].with_user(self.manager)
        values = {"kpi_id": kpi.id, "company_id": self.company.id}
        targets.create({**values, "value": 0, "date_from": "2025-01-01"})
        targets.create(
            {
                **values,
                "value": 101,
                "date_from": "2025-06-01",
                "date_to": "2025-06-30",
                "team_id": self.team.id,
            }
        )
        with (
            self.assertRaisesRegex(ValidationError, "has a target from"),
            self.env.cr.savepoint(),
        ):
            targets.create({**values, "value": 5, "date_from": "2025-06-07"})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            targets.create(
                {
                    **values,
                    "value": 5,
                    "date_from": "2025-06-07",
                    "team_id": self.team.id,
                    "user_id": self.technician.id,
                }
            )
            self.env.flush_all()
        board = self.env["itsm.kpi.board"].with_user(self.lead)
        rows = board.search([("kpi_id", "=", kpi.id), ("month", "=", "2025-06-01")])
        company = rows.filtered("is_company")
        team = rows.filtered(lambda row: row.team_id == self.team)
        sums = self._sums("resolution")
        met = sum(n for n, _d in sums.values())
        decided = sum(d for _n, d in sums.values())
        share = met / decided
        self.assertAlmostEqual(company.value, 100 * share, places=3)
        self.assertEqual(company.sample, decided)
        self.assertEqual((company.status, team.status), ("met", "missed"))
        z = 1.96
        middle = share + z * z / (2 * decided)
        spread = z * sqrt(
            share * (1 - share) / decided + z * z / (4 * decided * decided)
        )
        size = 1 + z * z / decided
        self.assertAlmostEqual(company.low, 100 * (middle - spread) / size, places=2)
        self.assertAlmostEqual(company.high, 100 * (middle + spread) / size, places=2)
        action = company.action_view_days()
        shown = self.env["itsm.kpi.day"].search(action["domain"])
        self.assertEqual(sum(shown.mapped("denominator")), decided)

    def test_team_days_are_the_sums(self):
        """Board and dashboard read sums, which say what the facts say."""
        facts = self.env["itsm.kpi.day"].with_user(self.manager)
        sums = self.env["itsm.kpi.team.day"].with_user(self.manager)
        self.assertLess(sums.search_count([]), facts.search_count([]))
        # The zeros of services without a team make no team.
        domain = [
            *("|", "|", ("team_id", "!=", False)),
            *(("sample", ">", 0), ("kind", "!=", "level")),
        ]
        for groups in (["kpi_id"], ["kpi_id", "day:month", "team_id"]):
            rows = [
                model._read_group(domain, groups, ["value:avg", "sample:sum"])
                for model in (facts, sums)
            ]
            self.assertTrue(rows[0])
            self.assertEqual(
                *(
                    {
                        (*row[: len(groups)], row[-1]): row[-2] and round(row[-2], 6)
                        for row in found
                    }
                    for found in rows
                )
            )
        with self.assertRaises(AccessError):
            sums.with_user(self.technician).search([])
        with self.assertRaises(AccessError):
            sums.sudo().search([], limit=1).write({"numerator": 99})
        led = sums.with_user(self.lead).search([])
        self.assertEqual(led.team_id, self.team | self.second)

    def test_dashboard(self):
        """What the dashboard reads is there, for all who see it."""
        dashboard = self.env.ref("itsm_desk.spreadsheet_dashboard_service_desk")
        with file_open("itsm_desk/data/files/service_desk_dashboard.json") as file:
            content = json.load(file)
        figures = content["sheets"][0]["figures"]
        menus = content["chartOdooMenusReferences"]
        self.assertEqual(menus.keys(), {figure["id"] for figure in figures})
        for menu in menus.values():
            self.assertEqual(self.env.ref(menu)._name, "ir.ui.menu")
        codes = set()
        for chart in (figure["data"] for figure in figures):
            domain = chart["searchParams"]["domain"]
            codes.update(domain[0][2])
            for user in (self.manager, self.quality):
                facts = self.env[chart["metaData"]["resModel"]].with_user(user)
                facts._read_group(domain, chart["metaData"]["groupBy"], ["value:avg"])
            for match in chart["fieldMatching"].values():
                self.assertEqual(facts._fields[match["chain"]].type, match["type"])
        self.assertLessEqual(codes, set(COUNTERS))
        self.assertEqual(dashboard.with_user(self.quality).name, "Service Desk")
        with self.assertRaises(AccessError):
            dashboard.with_user(self.technician).read(["name"])

    def test_targets_of_persons(self):
        target = self.env["itsm.kpi.target"].create(
            {
                "kpi_id": self.env.ref("itsm_desk.itsm_kpi_resolution").id,
                "company_id": self.company.id,
                "user_id": self.technician.id,
                "value": 90,
                "date_from": "2025-06-01",
            }
        )
        peer = new_test_user(
            self.env,
            "sla_peer",
            "itsm_desk.group_itsm_technician",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertFalse(target.with_user(peer).has_access("read"))
        for user in (self.technician, self.lead, self.manager):
            self.assertTrue(target.with_user(user).has_access("read"))


@tagged("post_install", "-at_install")
class TestKpiJob(KpiCommon):
    """Counted each night, killed in between, or all at once: the facts are the same."""

    ACTS = 90

    def test_nights_and_interruptions(self):
        self._count()
        once = self._read_facts()
        self.assertGreater(len(once), 100)
        self.env.cr.execute("DELETE FROM itsm_kpi_day")
        self.company.itsm_kpi_day = False
        runs = 0
        last = (self.end - timedelta(minutes=1)).date()
        while self.company.itsm_kpi_day != last:
            self._count(steps=1)
            runs += 1
            self.assertLess(runs, 60)
        self.assertGreater(runs, 5)
        # The last of the late days are counted again until the job is through.
        self._count()
        self.assertEqual(self._read_facts(), once)

    def test_every_night(self):
        """What is taken back later is corrected on its day, however old it is."""
        with freeze_time("2025-07-01 09:00:00"):
            ticket = self._create_ticket()
            self._assign(ticket)
            self._solve(ticket.with_user(self.technician), 10)
        self._count(utc("2025-07-02 01:00"))
        domain = [("kpi_id.code", "=", "solved"), ("day", "=", "2025-07-01")]
        facts = self.env["itsm.kpi.day"]
        self.assertEqual(sum(facts.search(domain).mapped("numerator")), 1)
        self.company.itsm_sign_off_days = 60
        for day in ("2025-07-15", "2025-07-25"):
            self._count(utc(f"{day} 01:00"))
        self.assertEqual(sum(facts.search(domain).mapped("numerator")), 1)
        with freeze_time("2025-07-25 09:00:00"):
            ticket.with_user(self.requester).action_refuse_solution("No")
        self._count(utc("2025-07-26 01:00"))
        self.assertEqual(sum(facts.search(domain).mapped("numerator")), 0)

    def test_missed_clock_that_is_cancelled_later(self):
        """It counts in no figure of its day, however old that is."""
        with freeze_time("2025-07-01 09:00:00"):
            ticket = self._create_ticket()
            self._assign(ticket)
        for moment in ("2025-07-04 17:30", "2025-07-10 01:00", "2025-07-25 01:00"):
            with freeze_time(moment):
                self.env["itsm.sla.clock"]._cron_process()
            self._count(utc(moment))
        clock = self._clock(ticket)
        day = clock.breached_at.date()
        domain = [("kpi_id.code", "=", "resolution"), ("day", "=", day)]
        facts = self.env["itsm.kpi.day"]
        self.assertEqual(sum(facts.search(domain).mapped("denominator")), 1)
        with freeze_time("2025-07-25 09:00:00"):
            ticket.with_user(self.requester).action_cancel("Found another printer")
        self.assertTrue(clock.is_cancelled)
        self._count(utc("2025-07-26 01:00"))
        self.assertEqual(sum(facts.search(domain).mapped("denominator")), 0)
