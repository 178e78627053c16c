from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.service.model import retrying
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..tools import audit_chain
from .common import ContractCommon


@tagged("standard", "at_install")
class TestAuditChain(BaseCase):
    """The hash chain, by plain rows."""

    def _chain(self, payloads):
        prev, rows = audit_chain.GENESIS, []
        for seq, payload in enumerate(payloads, start=1):
            row_hash = audit_chain.link(prev, payload)
            rows.append([seq, prev, row_hash, payload])
            prev = row_hash
        return rows

    def test_intact(self):
        self.assertIsNone(audit_chain.first_break([]))
        self.assertIsNone(
            audit_chain.first_break(self._chain([{"verb": "a"}, {"verb": "b"}]))
        )

    def test_every_tampering_is_found(self):
        payloads = [{"verb": verb} for verb in "abcd"]
        changed = self._chain(payloads)
        changed[2][3] = {"verb": "x"}
        self.assertEqual(audit_chain.first_break(changed), 3)
        removed = self._chain(payloads)
        del removed[1]
        self.assertEqual(audit_chain.first_break(removed), 2)
        swapped = self._chain(payloads)
        swapped[1], swapped[2] = swapped[2], swapped[1]
        self.assertEqual(audit_chain.first_break(swapped), 2)
        rehashed = self._chain(payloads)
        rehashed[1][3] = {"verb": "x"}
        rehashed[1][2] = audit_chain.link(rehashed[1][1], rehashed[1][3])
        self.assertEqual(audit_chain.first_break(rehashed), 3)

    def test_canonical_form(self):
        self.assertEqual(audit_chain.canonical({"b": 1, "a": "é"}), '{"a":"é","b":1}')
        self.assertEqual(
            audit_chain.link("0", {"a": 1, "b": 2}),
            audit_chain.link("0", {"b": 2, "a": 1}),
        )


@tagged("post_install", "-at_install")
class TestAuditLog(ContractCommon):
    """Append-only, readable with its document, provable."""

    def _rows(self, contract):
        return self.env["outsourcing.audit.log"].search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)],
            order="seq",
        )

    def test_steps_of_a_contract(self):
        contract = self._create_active()
        rows = self._rows(contract)
        self.assertEqual(rows.mapped("verb"), ["to_sign", "signed", "active"])
        self.assertEqual(rows.mapped("seq"), [1, 2, 3])
        self.assertEqual(rows.user_id, self.procurement_user, "who did it")
        self.assertEqual(rows[0].details["amount"], 12000.0)

    def test_nothing_changes(self):
        rows = self._rows(self._create_active())
        for user in (self.env.user, self.manager_user, self.auditor_user):
            log = rows.with_user(user)
            for operation in (
                lambda log=log: log.write({"verb": "x"}),
                lambda log=log: log.unlink(),
                lambda log=log: log.create({"verb": "x"}),
                lambda log=log: log.sudo().write({"details": {}}),
                lambda log=log: log.sudo().unlink(),
                lambda log=log: log.sudo().create({"verb": "x"}),
            ):
                with self.assertRaises(AccessError):
                    operation()

    def test_tampering_behind_the_system_is_proved(self):
        contract = self._create_active()
        verify = self.env["outsourcing.audit.log"].verify
        proof = verify(contract._name, contract.id)
        self.assertEqual(
            (proof["valid"], proof["steps"], proof["head"]),
            (True, 3, self._rows(contract)[-1].hash),
        )
        for column, value in (
            ("verb", "cancelled"),
            ("details", '{"amount": 1.0}'),
            ("user_id", SUPERUSER_ID),
            ("recorded_at", "2020-01-01 00:00:00"),
            ("part_id", 0),
        ):
            with self.subTest(column=column):
                with self.env.cr.savepoint() as savepoint:
                    self.env.cr.execute(
                        f"UPDATE outsourcing_audit_log SET {column} = %s"
                        " WHERE res_model = %s AND res_id = %s AND seq = 2",
                        (value, contract._name, contract.id),
                    )
                    self.env.invalidate_all()
                    proof = verify(contract._name, contract.id)
                    self.assertEqual((proof["valid"], proof["broken_at"]), (False, 2))
                    savepoint.rollback()
                self.env.invalidate_all()

    def test_read_with_the_document(self):
        contract = self._create_active()
        rows = self._rows(contract)
        for role, visible in (
            ("auditor", True),
            ("procurement", True),
            ("user", False),
        ):
            user = getattr(self, f"{role}_user")
            with self.subTest(role=role):
                found = rows.with_user(user).search([("id", "in", rows.ids)])
                self.assertEqual(bool(found), visible)
                if visible:
                    rows.with_user(user).read(["verb"])
                    continue
                with self.assertRaises(AccessError):
                    rows.with_user(user).read(["verb"])
                with self.assertRaises(AccessError):
                    rows.with_user(user).verify(contract._name, contract.id)

    def test_verify_of_an_unknown_model(self):
        with self.assertRaisesRegex(UserError, "no.such.model"):
            self.env["outsourcing.audit.log"].verify("no.such.model", 1)

    def test_parts_are_in_the_chain_of_the_contract(self):
        contract = self._create_active()
        self.env["outsourcing.audit.log"]._record(
            self.vendor, "visited", {"floor": 3}, root=contract
        )
        self.assertRecordValues(
            self._rows(contract)[-1],
            [{"part_model": "res.partner", "part_id": self.vendor.id, "seq": 4}],
        )
        self.assertTrue(
            self.env["outsourcing.audit.log"].verify(contract._name, contract.id)[
                "valid"
            ]
        )


@tagged("post_install", "-at_install")
class TestAuditLogConcurrency(ContractCommon):
    """Two real connections append to one chain."""

    def _record(self, cr, verb):
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["outsourcing.audit.log"]._record(env.company, verb)

    def _remove(self):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            for table in ("outsourcing_audit_log", "outsourcing_audit_head"):
                cr.execute(f"DELETE FROM {table} WHERE res_model = 'res.company'")

    def test_both_steps_are_kept(self):
        self.addCleanup(self._remove)
        connection = db_connect(self.env.cr.dbname)
        with connection.cursor() as first, connection.cursor() as second:
            second.execute("SELECT 1")  # its snapshot is older than the first step
            self._record(first, "first")
            first.commit()
            env = api.Environment(second, SUPERUSER_ID, {})
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                retrying(lambda: self._record(second, "second"), env)
            second.commit()
            first.execute(
                "SELECT verb, seq FROM outsourcing_audit_log"
                " WHERE res_model = 'res.company' ORDER BY seq"
            )
            self.assertEqual(first.fetchall(), [("first", 1), ("second", 2)])
