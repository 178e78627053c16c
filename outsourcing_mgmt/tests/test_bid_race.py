from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import ConcurrencyError, UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.bid import vendor as portal
from .fake_person import InProcess


@tagged("post_install", "-at_install")
class TestBidRace(InProcess, BaseCase):
    """Vendors and buyer at the same moment, each with a database connection."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.made = []
            self._make_world(env)
            self._publish(cr)
        self.addCleanup(self._remove)

    def _make_world(self, env):
        company = env["res.partner"].create({"name": "Racer", "is_company": True})
        users = env["res.users"]
        for login in ("race_bid_one", "race_bid_two"):
            user = new_test_user(env, login, "base.group_portal")
            user.partner_id.parent_id = company
            users |= user
        product = env["product.product"].create(
            {"name": "Race", "type": "service", "purchase_method": "receive"}
        )
        category = env["outsourcing.category"].create({"name": "Race"})
        procedure = env.ref("outsourcing_mgmt.procedure_company_public")
        tender = env["outsourcing.tender"].create(
            {
                "subject": "Race",
                "category_id": category.id,
                "procedure_id": procedure.id,
                "bid_deadline": fields.Datetime.now() + timedelta(days=1),
                "line_ids": [Command.create({"product_id": product.id})],
            }
        )
        self.user_ids, self.tender_id = users.ids, tender.id
        for records in (category, product, users, users.partner_id, company):
            self.made.append((records._name, records.ids))

    def _publish(self, cr):
        cr.execute(
            "UPDATE outsourcing_tender SET state = 'published', publish_date = now() "
            "WHERE id = %s",
            (self.tender_id,),
        )

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for query in (
                "DELETE FROM outsourcing_audit_log "
                "WHERE res_model = 'outsourcing.tender' AND res_id = %s",
                "DELETE FROM outsourcing_audit_head "
                "WHERE res_model = 'outsourcing.tender' AND res_id = %s",
                "DELETE FROM mail_message m USING outsourcing_bid b "
                "WHERE m.model = 'outsourcing.bid' AND m.res_id = b.id "
                "AND b.tender_id = %s",
                "DELETE FROM mail_message "
                "WHERE model = 'outsourcing.tender' AND res_id = %s",
                "DELETE FROM outsourcing_bid WHERE tender_id = %s",
                "DELETE FROM outsourcing_tender_question WHERE tender_id = %s",
                "DELETE FROM mail_activity "
                "WHERE res_model = 'outsourcing.tender' AND res_id = %s",
                "DELETE FROM outsourcing_tender WHERE id = %s",
            ):
                cr.execute(query, (self.tender_id,))
            mails = env["mail.mail"].search([("subject", "ilike", ": Race (")])
            mails.unlink()
            for model, ids in self.made:
                env[model].browse(ids).unlink()

    def _open(self, user_id):
        """Return an environment in a connection of its own."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, user_id, {})

    def _tender(self, env):
        return env["outsourcing.tender"].sudo().browse(self.tender_id)

    def _draft(self, env):
        tender = self._tender(env)
        bid = portal.start_bid(tender)
        portal.save_draft(
            bid, prices={line.id: ("10", "") for line in tender.line_ids}, declared=True
        )
        env.cr.commit()
        return bid

    @mute_logger("odoo.sql_db")
    def test_two_colleagues_seal_at_once(self):
        first, second = (self._open(user_id) for user_id in self.user_ids)
        bid = self._draft(first)
        other = second["outsourcing.bid"].sudo().browse(bid.id)
        self.assertEqual(other.state, "draft")
        bid.action_seal()
        first.cr.commit()
        digest = bid.sha256
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            other.action_seal()
        second.cr.rollback()
        second.transaction.clear()
        # The server tries again, and finds the bid sealed.
        with self.assertRaisesRegex(UserError, "already"):
            second["outsourcing.bid"].sudo().browse(bid.id).action_seal()
        second.cr.rollback()
        self.assertEqual(bid.sha256, digest)

    @mute_logger("odoo.sql_db")
    def test_two_colleagues_start_at_once(self):
        first, second = (self._open(user_id) for user_id in self.user_ids)
        self.assertFalse(portal.find_bids(self._tender(second)))
        self._draft(first)
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            portal.start_bid(self._tender(second))
            second.flush_all()

    @mute_logger("odoo.sql_db")
    def test_one_question_of_two_clicks(self):
        """The second click began before the first one was done."""
        first, second = (self._open(self.user_ids[0]) for _click in range(2))
        asked = second["outsourcing.tender.question"].sudo()
        mine = [("tender_id", "=", self.tender_id)]
        self.assertFalse(asked.search(mine))
        question = portal.ask_question(self._tender(first), "When do you pay?")
        first.cr.commit()
        with self.assertRaises(ConcurrencyError):
            portal.ask_question(self._tender(second), "When do you pay?")
        # The server tries again, and finds it.
        second.cr.rollback()
        second.transaction.clear()
        again = portal.ask_question(self._tender(second), "When do you pay?")
        self.assertEqual(again.id, question.id)
        self.assertEqual(len(asked.search(mine)), 1)

    @mute_logger("odoo.sql_db")
    def test_closing_waits_for_a_seal(self):
        """A bid sealed in time is committed before the tender closes."""
        vendor, buyer = self._open(self.user_ids[0]), self._open(SUPERUSER_ID)
        bid = self._draft(vendor)
        bid.action_seal()
        vendor.flush_all()
        buyer.cr.execute("SET LOCAL lock_timeout = '200ms'")
        close = "UPDATE outsourcing_tender SET state = 'closed' WHERE id = %s"
        with self.assertRaises(psycopg2.errors.LockNotAvailable):
            buyer.cr.execute(close, (self.tender_id,))
        buyer.cr.rollback()
        vendor.cr.commit()
        buyer.cr.execute(close, (self.tender_id,))
        self.assertEqual(self._tender(buyer).bid_ids.mapped("state"), ["sealed"])

    @mute_logger("odoo.sql_db")
    def test_seal_after_the_closing_is_refused(self):
        """Who read the tender while it was open does not slip in after it closed."""
        vendor, buyer = self._open(self.user_ids[0]), self._open(SUPERUSER_ID)
        bid = self._draft(vendor)
        self.assertTrue(bid.tender_id._is_bidding_open())
        buyer.cr.execute(
            "UPDATE outsourcing_tender SET state = 'closed' WHERE id = %s",
            (self.tender_id,),
        )
        buyer.cr.commit()
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            bid.action_seal()
        vendor.cr.rollback()
        vendor.transaction.clear()
        with self.assertRaisesRegex(UserError, "this moment has passed"):
            vendor["outsourcing.bid"].sudo().browse(bid.id).action_seal()
        # The refusal is recorded when its transaction ends.
        vendor.cr.rollback()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            log = env["outsourcing.audit.log"].search(
                [
                    ("res_model", "=", "outsourcing.tender"),
                    ("res_id", "=", self.tender_id),
                    ("verb", "=", "sealed_refused"),
                ]
            )
            self.assertEqual(log.user_id.id, self.user_ids[0])
