import re
import time
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from psycopg2.errors import ReadOnlySqlTransaction

from odoo.http import root
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.platform import ir_http
from .common import BidCommon, TenderCommon


@tagged("post_install", "-at_install")
class TestReadonly(TenderCommon):
    """What is declared readonly is answered by a replica: it writes nothing."""

    @contextmanager
    def _replica(self):
        """Let the transaction read only, as one on a replica."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint(flush=False) as point:
            self.env.cr.execute("SET TRANSACTION READ ONLY")
            yield
            point.rollback()

    def test_replica_refuses_writes(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ReadOnlySqlTransaction),
            self._replica(),
        ):
            self.env.cr.execute("UPDATE res_partner SET name = name")

    def test_declared_methods_write_nothing(self):
        tender = self._create_proposed()
        log = self.env["outsourcing.audit.log"].with_user(self.auditor_user)
        mine = tender.with_user(self.auditor_user)
        for records, name, args in (
            (log, "verify", (tender._name, tender.id)),
            (mine, "get_evaluation_bundle", ()),
        ):
            method = getattr(records, name)
            with self.subTest(name), self._replica():
                self.assertTrue(getattr(method, "_readonly", False))
                self.assertTrue(method(*args))


@tagged("post_install", "-at_install")
class TestPrimaryAfterWrite(BidCommon, HttpCase):
    """A page after one's own write is read from the primary: a standby may lag."""

    def _asks_standby(self, session):
        with patch.object(ir_http, "request", SimpleNamespace(session=session)):
            return ir_http.reads_only(None, None, None)

    def test_who_wrote_reads_the_primary(self):
        self.assertTrue(self._asks_standby({}))
        self.assertFalse(self._asks_standby({ir_http.WROTE_AT: time.time()}))
        before = time.time() - ir_http.PRIMARY_SECONDS - 1
        self.assertTrue(self._asks_standby({ir_http.WROTE_AT: before}))

    def test_a_form_notes_the_write(self):
        self.authenticate(self.alpha_user.login, self.alpha_user.login)
        page = f"/my/tenders/{self.tender.id}"
        token = re.search(r'csrf_token: "([^"]+)"', self.url_open(page).text)
        store = root.session_store
        self.assertNotIn(ir_http.WROTE_AT, store.get(self.session.sid))
        self.url_open(f"{page}/bid/start", data={"csrf_token": token.group(1)})
        self.assertFalse(self._asks_standby(store.get(self.session.sid)))

    def test_calls_by_json_that_write_note_it(self):
        """The drawn signature of a contract, and no call of the web client."""
        rules = {
            rule.rule: rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.routing["type"] == "jsonrpc"
        }
        noted = {name for name, rule in rules.items() if ir_http._may_write(rule)}
        self.assertIn("/my/outsourcing/contracts/<int:contract_id>/sign", noted)
        self.assertIn("/mail/message/post", noted)
        self.assertIn("/web/dataset/call_kw", rules)
        self.assertNotIn("/web/dataset/call_kw", noted)

    def test_every_page_of_ours_asks(self):
        rules = self.env["ir.http"].routing_map().iter_rules()
        ours = [
            rule
            for rule in rules
            if rule.endpoint.func.__module__.startswith("odoo.addons.outsourcing_mgmt")
            and rule.endpoint.routing["readonly"]
        ]
        self.assertTrue(ours)
        for rule in ours:
            self.assertIs(
                rule.endpoint.routing["readonly"], ir_http.reads_only, rule.rule
            )
