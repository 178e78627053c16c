import importlib.util
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, freeze_time, tagged

from ..models.base.grants import server_create, server_write
from ..models.number.numbering import enter_given
from ..tools.number_patterns import get_pattern, name_range, split_number
from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestNumberNames(BaseCase):
    """What of a name is the series, and what the number."""

    def test_plain_names(self):
        self.assertEqual(split_number("TND/2026/0012"), ("TND/2026/", 12))
        self.assertEqual(split_number("T7"), ("T", 7))
        for name in ("", False, "Draft", "/"):
            self.assertIsNone(split_number(name))

    def test_names_of_a_sequence(self):
        for prefix, suffix, padding, name, parts in (
            ("RQ%(range_year)s", "", 4, "RQ20260001", ("RQ2026", 1)),
            ("RQ%(year)s", "", 4, "RQ202610001", ("RQ2026", 10001)),
            ("A%(y)s-%(doy)s.", False, 0, "A26-014.7", ("A26-014.", 7)),
            ("", "/%(range_year)s", 3, "012/2026", ("*/2026", 12)),
            ("5%%/", "", 2, "5%/03", ("5%/", 3)),
            ("OLD/", "", 4, "TND/2026/0012", ("TND/2026/", 12)),
        ):
            with self.subTest(prefix=prefix, suffix=suffix):
                pattern = get_pattern(prefix, suffix, padding)
                self.assertEqual(split_number(name, pattern), parts)

    def test_ranges(self):
        self.assertEqual(name_range("T/", 1, 1, "T/0003"), "T/0001")
        self.assertEqual(name_range("T/", 1, 2, "T/0003"), "T/0001 - T/0002")
        self.assertEqual(name_range("N*/26", 8, 8, "N009/26"), "N008/26")


@tagged("post_install", "-at_install")
class TestNumberRegister(ContractCommon):
    """Numbers are taken at the first binding step, and none is missing unsaid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register = cls.env["outsourcing.number"]

    def _look(self):
        """Let the job run when the numbers of a test are old enough."""
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self.register._cron_look()

    def _rows(self, series):
        self._look()
        return self.register.search([("series", "=", series)], order="number")

    def _give(self, number, start="1", company=None, **values):
        return server_create(
            self.register,
            {
                "kind": "given",
                "name": f"T/{number:04d}",
                "series": "T/",
                "number": number,
                "number_to": number,
                "company_id": (company or self.company).id,
                "taken_at": "2026-01-01 00:00:00",
                "database_start": start,
                **values,
            },
        )

    def test_draft_has_a_provisional_name(self):
        request = self._create_request()
        self.assertEqual(request.name, f"Draft {request.id}")
        self.assertFalse(self.register._get_numbered(request))
        # Its name may be Chinese; the foot of a printed page is ASCII.
        server_write(request, {"name": f"\u8349\u7a3f {request.id}"})
        report = self.env["ir.actions.report"]
        self.assertEqual(report._get_foot(request), f"DRAFT {request.id}")
        self.company.partner_id.lang = "en_US"
        request.action_submit()
        self.assertRegex(request.name, r"^OR/\d{4}/\d{4}$")
        self.assertEqual(report._get_foot(request), request.name)
        row = self.register.search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual(
            (row.name, row.kind, row.cause), (request.name, "given", False)
        )

    def test_a_deleted_draft_takes_no_number(self):
        first, dropped, last = (self._create_request() for _index in range(3))
        first.action_submit()
        dropped.unlink()
        last.action_submit()
        numbers = [split_number(request.name)[1] for request in (first, last)]
        self.assertEqual(numbers[1], numbers[0] + 1)

    def test_the_number_stays_and_keeps_the_document(self):
        contract = self._create_contract()
        self.assertEqual(contract.name, f"Draft {contract.id}")
        self._send_to_sign(contract)
        name = contract.name
        self.assertRegex(name, r"^OC/\d{4}/\d{5}$")
        contract.with_user(self.manager_user).action_reset()
        self.assertEqual(contract.name, name)
        with self.assertRaises(UserError):
            contract.unlink()
        self._send_to_sign(contract)
        self.assertEqual(contract.name, name)
        contract.with_user(self.manager_user).action_cancel()
        self.register._cron_look()
        row = self.register.search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        )
        self.assertEqual(row.cause, "cancelled")

    def test_contracts_have_no_gaps(self):
        sequence = self.env.ref("outsourcing_mgmt.outsourcing_contract_sequence")
        self.assertEqual(sequence.implementation, "no_gap")
        first, lost, second = (self._create_contract() for _index in range(3))
        self._send_to_sign(first)
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self._send_to_sign(lost)
            raise ZeroDivisionError
        self._send_to_sign(second)
        numbers = [split_number(contract.name)[1] for contract in (first, second)]
        self.assertEqual(numbers[1], numbers[0] + 1)

    def test_a_number_that_was_not_saved(self):
        requests = [self._create_request() for _index in range(3)]
        requests[0].action_submit()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            requests[1].action_submit()
            raise ZeroDivisionError
        requests[2].action_submit()
        series, number = split_number(requests[0].name)
        self.assertEqual(split_number(requests[2].name)[1], number + 2)
        row = self._rows(series).filtered(lambda item: item.number == number + 1)
        self.assertEqual((row.kind, row.cause), ("missing", "rolled_back"))
        self.assertFalse(row.res_id)
        before = self._rows(series)
        self.assertEqual(self._rows(series), before, "looking again adds nothing")

    def test_causes_and_ranges(self):
        self._give(3)
        self._give(4)
        self._give(37, start="2")
        self._give(39, start="2")
        self._give(41, start=False)
        missing = self._rows("T/").filtered(lambda row: row.kind == "missing")
        self.assertRecordValues(
            missing,
            [
                {"name": "T/0001 - T/0002", "count": 2, "cause": "series_start"},
                {"name": "T/0005 - T/0036", "count": 32, "cause": "database_stop"},
                {"name": "T/0038", "count": 1, "cause": "rolled_back"},
                {"name": "T/0040", "count": 1, "cause": "before_register"},
            ],
        )

    def test_companies_share_a_series(self):
        """What another company has is not missing."""
        other = self.env["res.company"].create({"name": "Other"})
        for number, company in ((1, None), (2, other), (3, None), (6, other)):
            self._give(number, company=company)
        missing = self._rows("T/").filtered(lambda row: row.kind == "missing")
        self.assertRecordValues(
            missing, [{"name": "T/0004 - T/0005", "company_id": other.id}]
        )

    def test_a_number_that_is_being_saved_is_not_missing(self):
        """Who drew 5 may save it after 6 was saved."""
        self._give(4)
        self._give(6, taken_at=fields.Datetime.now())
        self.register._cron_look()
        gap = [("series", "=", "T/"), ("number", "=", 5)]
        self.assertFalse(self.register.search(gap))
        self._look()
        self.assertEqual(self.register.search(gap).kind, "missing")

    def test_two_processes_find_the_same(self):
        self._give(3)
        with patch.object(type(self.env), "execute_query_dict") as query:
            query.return_value = [
                {
                    "company_id": self.company.id,
                    "series": "T/",
                    "number": 3,
                    "name": "T/0003",
                    "before": 0,
                    "database_start": "1",
                    "start_before": None,
                    "id_before": None,
                    "res_model": False,
                }
            ]
            self.register._find_missing()
            self.register._find_missing()
        self.assertEqual(len(self._rows("T/")), 2)

    def test_one_process_looks_at_a_time(self):
        self._give(3)
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [self.register._name]
            )
            self.assertEqual(len(self._rows("T/")), 1)
            other.rollback()
        self.assertEqual(len(self._rows("T/")), 2)

    def test_the_year_is_that_of_the_counter(self):
        """Two in the morning of 1 January in Shanghai is the old year in UTC."""
        self.company.outsourcing_tz = "Asia/Shanghai"
        self.user_user.tz = "Asia/Shanghai"
        requests = [self._create_request() for _index in range(3)]
        for request, moment in zip(
            requests,
            ("2031-12-31 12:00:00", "2031-12-31 18:00:00", "2032-01-01 09:00:00"),
            strict=True,
        ):
            with freeze_time(moment):
                request.action_submit()
        self.assertEqual(
            [request.name for request in requests],
            ["OR/2031/0001", "OR/2032/0001", "OR/2032/0002"],
        )

    def test_a_caller_chooses_no_number(self):
        self.env.ref(
            "outsourcing_mgmt.sequence_outsourcing_request"
        ).prefix = "OR/%(year)s/%(range_year)s/%(current_year)s/"
        request = self._create_request()
        year = self.company._outsourcing_today().year
        with freeze_time(f"{year}-12-31 12:00:00"):
            request.with_context(
                ir_sequence_date="2024-01-01",
                ir_sequence_date_range="2024-01-01",
                tz="Pacific/Kiritimati",
            ).action_submit()
        self.assertEqual(request.name.split("/")[1:4], [str(year)] * 3)

    def test_no_sequence_no_step(self):
        """A document does not bind without a number."""
        sequence = self.env.ref("outsourcing_mgmt.sequence_outsourcing_request")
        sequence.active = False
        request = self._create_request()
        for context in ({}, {"active_test": False}):
            with (
                self.assertRaisesRegex(UserError, "outsourcing.request"),
                self.env.cr.savepoint(),
            ):
                request.with_context(**context).action_submit()
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.name, f"Draft {request.id}")

    def test_a_prefix_without_a_separator(self):
        sequence = self.env.ref("outsourcing_mgmt.sequence_outsourcing_request")
        sequence.prefix = "RQ%(range_year)s"
        request = self._create_request()
        request.action_submit()
        old = self._create_request()
        server_write(old, {"name": "RQ19990002"})
        enter_given(self.env["outsourcing.request"])
        rows = self.register.search(
            [("res_model", "=", request._name), ("res_id", "in", (request + old).ids)],
            order="id",
        )
        year = self.company._outsourcing_today().year
        self.assertEqual(rows.mapped("series"), [f"RQ{year}", "RQ1999"])
        self.assertEqual(rows[1].number, 2)
        self.assertLess(rows[0].number, 10_000)

    def test_a_sequence_that_was_set_back(self):
        sequence = self.env.ref("outsourcing_mgmt.sequence_outsourcing_request")
        first, second = self._create_request(), self._create_request()
        first.action_submit()
        number = split_number(first.name)[1]
        sequence.date_range_ids.number_next_actual = number
        with self.assertRaisesRegex(UserError, f"to {number + 1} under"):
            second.action_submit()

    def test_a_deleted_document(self):
        row = self._give(1, res_model="outsourcing.request", res_id=2**30)
        self.register._cron_look()
        self.assertEqual(row.cause, "deleted")

    def test_numbers_from_before_the_register(self):
        request = self._create_request()
        server_write(request, {"name": "OR/1999/0007"})
        enter_given(self.env["outsourcing.request"])
        enter_given(self.env["outsourcing.request"])
        rows = self._rows("OR/1999/")
        self.assertRecordValues(
            rows,
            [
                {"name": "OR/1999/0001 - OR/1999/0006", "cause": "before_register"},
                {"name": "OR/1999/0007", "cause": False},
            ],
        )
        request.action_submit()
        self.assertEqual(request.name, "OR/1999/0007")

    def test_only_the_server_writes(self):
        row = self._give(1)
        for user in (self.auditor_user, self.manager_user):
            mine = row.with_user(user)
            self.assertEqual(mine.read(["name"])[0]["name"], "T/0001")
            mine.action_look()
            for act in (
                lambda mine=mine: mine.write({"cause": "cancelled"}),
                lambda mine=mine: mine.copy(),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.sudo().write({"cause": "cancelled"}),
                lambda mine=mine: mine.sudo().unlink(),
            ):
                with self.assertRaises(AccessError):
                    act()
        for user in (self.officer_user, self.user_user, self.plain_user):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                self.register.with_user(user).action_look()

    def test_a_document_opens_for_its_readers(self):
        request = self._create_request()
        request.action_submit()
        row = self.register.search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        action = row.with_user(self.auditor_user).action_view_document()
        self.assertEqual(action["res_id"], request.id)
        self.assertFalse(self._give(2).action_view_document())

    def test_migration_keeps_numbers_and_goes_on(self):
        """Given numbers stay, those of drafts, too; contracts go on without a gap."""
        sequence = self.env.ref("outsourcing_mgmt.outsourcing_contract_sequence")
        sequence.implementation = "standard"
        sequence.prefix = "OC/%(year)s/"
        sequence.next_by_id()
        sequence.date_range_ids.number_next_actual = 9041
        old = self._create_contract()
        server_write(old, {"name": sequence.next_by_id()})
        self.assertEqual(split_number(old.name)[1], 9041)
        path = Path(__file__).parents[1] / "migrations/19.0.1.6.0/post-number.py"
        spec = importlib.util.spec_from_file_location("number_migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        self.env.flush_all()
        self.env.invalidate_all()
        script.migrate(self.env.cr, "19.0.1.5.0")
        self.env.invalidate_all()
        self.assertEqual(sequence.implementation, "no_gap")
        self.assertEqual(sequence.prefix, "OC/%(range_year)s/")
        self._send_to_sign(old)
        self.assertEqual(split_number(old.name)[1], 9041)
        new = self._create_contract()
        self._send_to_sign(new)
        self.assertEqual(split_number(new.name)[1], 9042)
