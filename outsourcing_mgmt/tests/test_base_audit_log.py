from datetime import timedelta
from unittest.mock import DEFAULT, Mock, patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL, mute_logger

from ..models.audit.chaining import chain_document, find_waiting
from ..tools import audit_chain
from .common import ContractCommon
from .fake_person import as_console

JOB = "outsourcing_mgmt.ir_cron_audit_chain"
ANCHOR = "odoo.addons.outsourcing_mgmt.models.audit.outsourcing_audit_anchor"
CHAINING = "odoo.addons.outsourcing_mgmt.models.audit.chaining"


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
class TestAuditLogWaiting(ContractCommon):
    """Rows are added at once and chained by a job."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.log = cls.env["outsourcing.audit.log"]
        cls.contract = cls._create_active()

    def _record(self, verb):
        as_console(self.log._record, self.contract, verb)

    def _verify(self):
        self.env.invalidate_all()
        return self.log.verify(self.contract._name, self.contract.id)

    def test_waits_then_the_job_chains(self):
        triggers = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", self.env.ref(JOB).id)]
        before = triggers.search_count(mine)
        self._record("visited")
        self._record("left")
        self.assertGreater(triggers.search_count(mine), before, "the job follows")
        proof = self._verify()
        self.assertEqual(
            (proof["valid"], proof["steps"], proof["waiting"]), (True, 5, 2)
        )
        before = proof["head"]
        self._run_cron("ir_cron_audit_chain")
        proof = self._verify()
        self.assertEqual(
            (proof["valid"], proof["steps"], proof["waiting"]), (True, 5, 0)
        )
        self.assertNotEqual(proof["head"], before)
        rows = self.log.search(
            [("res_model", "=", self.contract._name), ("res_id", "=", self.contract.id)]
        )
        self.assertEqual(rows.mapped("verb")[:2], ["left", "visited"])
        self.assertEqual(rows.mapped("seq")[:2], [5, 4])

    def test_waiting_too_long_is_a_fault(self):
        self._record("visited")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=4)):
            self.assertTrue(self._verify()["valid"])
        with freeze_time(fields.Datetime.now() + timedelta(minutes=6)):
            proof = self._verify()
        self.assertEqual((proof["valid"], proof["broken_at"]), (False, 4))

    def test_print_chains_first(self):
        self._record("visited")
        html = self.env["ir.actions.report"]._render_qweb_html(
            "outsourcing_mgmt.action_report_outsourcing_contract", self.contract.ids
        )[0]
        proof = self._verify()
        self.assertEqual((proof["waiting"], proof["expected"]), (0, 4))
        self.assertIn(proof["head"].encode(), html)

    def test_anchor_chains_first(self):
        self._record("visited")
        self._run_cron("ir_cron_audit_anchor")
        anchor = self.env["outsourcing.audit.anchor"].search(
            [("res_model", "=", self.contract._name), ("res_id", "=", self.contract.id)]
        )
        self.assertRecordValues(anchor, [{"steps": 4, "head": self._verify()["head"]}])


@tagged("post_install", "-at_install")
class TestAuditLogConcurrency(ContractCommon):
    """Real connections add to one chain, and chain it."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove)

    def _open(self):
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})

    def _record(self, env, verb):
        as_console(env["outsourcing.audit.log"]._record, env.company, verb)

    def _chain(self, env, wait=False):
        return chain_document(env, "res.company", env.company.id, wait=wait)

    def _remove(self):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            for table in ("log", "head", "anchor"):
                cr.execute(
                    f"DELETE FROM outsourcing_audit_{table}"
                    " WHERE res_model IN ('res.company', 'res.partner')"
                )
            cr.execute(
                "DELETE FROM ir_cron_trigger WHERE cron_id = %s",
                (self.env.ref(JOB).id,),
            )

    def _read(self, env):
        return env.execute_query(
            SQL(
                "SELECT verb, seq FROM outsourcing_audit_log"
                " WHERE res_model = 'res.company' ORDER BY seq, id"
            )
        )

    def test_nobody_waits_for_another(self):
        first, second, job = self._open(), self._open(), self._open()
        for env in (first, second):
            env.cr.execute("SET LOCAL lock_timeout = '500ms'")
        self._record(first, "first")
        self._record(second, "second")
        second.cr.commit()
        self.assertTrue(self._chain(job))
        job.cr.commit()
        first.cr.commit()
        self.assertTrue(self._chain(job))
        self.assertEqual(self._read(job), [("second", 1), ("first", 2)])
        proof = job["outsourcing.audit.log"].verify("res.company", job.company.id)
        self.assertEqual((proof["valid"], proof["waiting"]), (True, 0))

    def test_one_chains_at_a_time(self):
        writer, one, other = self._open(), self._open(), self._open()
        self._record(writer, "first")
        writer.cr.commit()
        self.assertTrue(self._chain(one))
        self.assertFalse(self._chain(other), "the chain is being chained")
        # Rows are added meanwhile, without waiting for it.
        writer.cr.execute("SET LOCAL lock_timeout = '500ms'")
        self._record(writer, "second")
        writer.cr.commit()
        one.cr.commit()
        # The snapshot of the other one is from before: it is refused, and tried again.
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._chain(other)
        other.cr.rollback()
        other.invalidate_all(flush=False)
        self.assertTrue(self._chain(other))
        self.assertEqual(self._read(other), [("first", 1), ("second", 2)])

    def _add_behind(self, verb):
        """Add and chain a row in a transaction of its own, which is committed."""
        other = self._open()
        self._record(other, verb)
        self._chain(other, wait=True)
        other.cr.commit()

    def _fail(self, env, error):
        with mute_logger("odoo.sql_db"), self.assertRaises(error):
            self._chain(env, wait=True)
        env.cr.rollback()
        env.invalidate_all(flush=False)

    def test_old_snapshot_with_rows_of_its_own_is_tried_again(self):
        """No row that it sees was changed: the end of the chain refuses it."""
        for behind in ("first", "second"):
            env = self._open()
            self._read(env)
            self._record(env, f"own of {behind}")
            self._add_behind(behind)
            self._fail(env, SerializationFailure)
        env = self._open()
        self._record(env, "third")
        self.assertTrue(self._chain(env))
        self.assertEqual(self._read(env), [("first", 1), ("second", 2), ("third", 3)])

    def test_a_taken_step_number_is_tried_again(self):
        """Also where the end of the chain does not tell of the row that took it."""
        self._add_behind("first")
        env = self._open()
        self._read(env)
        self._record(env, "own")
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute(
                "INSERT INTO outsourcing_audit_log (res_model, res_id, seq,"
                " recorded_at, user_id, verb) VALUES ('res.company', %s, 2,"
                " now() AT TIME ZONE 'UTC', %s, 'behind')",
                (env.company.id, SUPERUSER_ID),
            )
        self._fail(env, ConcurrencyError)

    def _run_with(self, env, job, errors):
        """Run ``job`` where chaining raises ``errors``, then does its work.

        :return: how often a document was tried
        """
        chain = Mock(side_effect=[*errors, *[DEFAULT] * 50], wraps=chain_document)
        with (
            patch(f"{CHAINING}.chain_document", chain),
            patch.object(type(env["ir.cron"]), "_commit_progress", self._commit),
        ):
            job()
        return chain.call_count

    @staticmethod
    def _commit(cron, processed=0, *, remaining=None):
        cron.env.cr.commit()
        return 1

    def test_the_job_goes_on_after_a_conflict(self):
        """A job whose snapshot is old ends without an error; the next run chains."""
        writer, job = self._open(), self._open()
        self._record(writer, "first")
        writer.cr.commit()
        cron = job["outsourcing.audit.log"]._cron_chain
        self._run_with(job, cron, [SerializationFailure("conflict")])
        self.assertEqual(self._read(job), [("first", None)])
        self.assertEqual(self._run_with(job, cron, []), 1)
        self.assertEqual(self._read(job), [("first", 1)])

    def _record_twice(self, env):
        """Add rows to the logs of two documents."""
        partner = env.company.partner_id
        as_console(env["outsourcing.audit.log"]._record, env.company, "first")
        as_console(env["outsourcing.audit.log"]._record, partner, "second")
        env.cr.commit()

    def test_a_document_that_fails_stops_no_other(self):
        writer, job = self._open(), self._open()
        self._record_twice(writer)
        with self.assertLogs(CHAINING, "ERROR") as logs:
            tried = self._run_with(
                job, job["outsourcing.audit.log"]._cron_chain, [ValueError("broken")]
            )
        self.assertEqual(tried, 2)
        self.assertIn("res.company", logs.output[0])
        self.assertEqual(self._read(job), [("first", None)])
        self.assertFalse(find_waiting(job, ("res.partner", job.company.partner_id.id)))

    def _anchored(self, env):
        return env.execute_query(
            SQL(
                "SELECT res_model, steps FROM outsourcing_audit_anchor"
                " WHERE res_model IN ('res.company', 'res.partner') ORDER BY 1"
            )
        )

    def _anchor(self, env, errors=()):
        with patch(f"{ANCHOR}._mail"), patch(f"{ANCHOR}._tell_broken"):
            self._run_with(env, env["outsourcing.audit.anchor"]._cron_anchor, errors)

    def test_the_mail_goes_out_beside_the_job(self):
        """What is chained meanwhile is anchored; what fails holds nothing up."""
        writer, anchor = self._open(), self._open()
        self._record_twice(writer)
        self._anchor(anchor, [SerializationFailure("conflict")])
        self.assertEqual(self._anchored(anchor), [("res.partner", 1)])
        self._anchor(anchor)
        self.assertEqual(
            self._anchored(anchor), [("res.company", 1), ("res.partner", 1)]
        )

    def test_the_mail_waits_for_a_chain_that_grows(self):
        """An end that moved since it was read is read again, and anchored once."""
        self._add_behind("first")
        anchor = self._open()
        plans = []

        def commit(cron, processed=0, *, remaining=None):
            cron.env.cr.commit()
            if remaining is not None:
                plans.append(remaining)
                # Opens a snapshot, which is old then.
                self._anchored(cron.env)
                if len(plans) == 2:
                    self._add_behind("second")
            return 1

        with (
            patch.object(self.__class__, "_commit", staticmethod(commit)),
            mute_logger("odoo.sql_db"),
        ):
            self._anchor(anchor)
        self.assertEqual(len(plans), 2)
        self.assertEqual(self._anchored(anchor), [("res.company", 2)])
