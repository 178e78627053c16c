import importlib.util
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.base.grants import server_create, server_write
from ..models.base.numbering import enter_given, split_number
from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestNumberRegister(ContractCommon):
    """Numbers are taken at the first binding step, and none is missing unsaid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.register = cls.env["outsourcing.number"]

    def _rows(self, series):
        self.register._cron_look()
        return self.register.search([("series", "=", series)], order="number")

    def _give(self, number, start="1"):
        return server_create(
            self.register,
            {
                "kind": "given",
                "name": f"T/{number:04d}",
                "series": "T/",
                "number": number,
                "number_to": number,
                "company_id": self.company.id,
                "taken_at": "2026-01-01 00:00:00",
                "database_start": start,
            },
        )

    def test_split(self):
        self.assertEqual(split_number("TND/2026/0012"), ("TND/2026/", 12))
        self.assertEqual(split_number("T7"), ("T", 7))
        for name in ("", False, "Draft", "/"):
            self.assertIsNone(split_number(name))

    def test_draft_has_a_provisional_name(self):
        request = self._create_request()
        self.assertEqual(request.name, f"Draft {request.id}")
        self.assertFalse(self.register._get_numbered(request))
        self.company.partner_id.lang = "en_US"
        request.action_submit()
        self.assertRegex(request.name, r"^OR/\d{4}/\d{4}$")
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
                {"name": "T/0001 - T/0002", "count": 2, "cause": "rolled_back"},
                {"name": "T/0005 - T/0036", "count": 32, "cause": "database_stop"},
                {"name": "T/0038", "count": 1, "cause": "rolled_back"},
                {"name": "T/0040", "count": 1, "cause": "before_register"},
            ],
        )

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
        self._send_to_sign(old)
        self.assertEqual(split_number(old.name)[1], 9041)
        new = self._create_contract()
        self._send_to_sign(new)
        self.assertEqual(split_number(new.name)[1], 9042)
