import json
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models.bid import vendor as portal
from ..models.bid.outsourcing_bid_envelope import open_bids
from .common import PDF, BidCommon

SECRETS = ("98765.43", "98,765.43", "1185185.16", "1,185,185.16")
SEALED_MODELS = ("outsourcing.bid.envelope", "outsourcing.bid.file")


@tagged("post_install", "-at_install")
class TestBidSealing(BidCommon, HttpCase):
    """Nobody reads a bid before its opening, whatever way he tries.

    The bid has a price (98765.43) and a file that occur nowhere else; each test
    looks for them as every kind of user, ``sudo()`` included.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bid = cls._sealed_bid(cls.alpha_user, ("98765.43", "0.01"))
        cls.draft = cls._draft_bid(cls.beta_user, ("98765.43", "0.01"))
        cls.env.flush_all()
        cls.staff = (
            cls.user_user
            | cls.officer_user
            | cls.procurement_user
            | cls.hr_user
            | cls.finance_user
            | cls.manager_user
            | cls.auditor_user
            | cls.settings_user
            | cls.plain_user
        )
        # The right to export is not what protects the envelopes.
        cls.staff.group_ids = [Command.link(cls.env.ref("base.group_allow_export").id)]
        cls.strangers = cls.gamma_user | cls.outsider_user
        cls.everybody = cls.staff | cls.strangers | cls.alpha_user

    def setUp(self):
        super().setUp()
        self.env.invalidate_all()

    def _get_row_ids(self, name):
        """Return the ids of a sealed model, as somebody might guess them."""
        self.cr.execute(f'SELECT id FROM "{self.env[name]._table}"')
        return [row[0] for row in self.cr.fetchall()]

    def assertNoSecret(self, value):
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        for secret in (*SECRETS, "secret content", "concept.pdf", "Remarks of Alpha"):
            self.assertNotIn(secret, text)

    # ------------------------------------------------------------
    # THE ENVELOPES
    # ------------------------------------------------------------

    def test_envelopes_refuse_every_operation(self):
        attacks = {
            "search": lambda model: model.search([]),
            "search_count": lambda model: model.search_count([]),
            "search_read": lambda model: model.search_read([], ["bid_id"]),
            "name_search": lambda model: model.name_search(""),
            "read_group": lambda model: model._read_group([], ["kind"], ["__count"]),
            "formatted": lambda model: model.formatted_read_group(
                [], ["kind"], ["__count"]
            ),
            "web_search_read": lambda model: model.web_search_read([], {"kind": {}}),
            "create": lambda model: model.create(
                {"bid_id": self.bid.id, "kind": "price", "company_id": 1}
            ),
        }
        for name in SEALED_MODELS:
            for user in self.everybody:
                for sudo in (False, True):
                    model = self.env[name].with_user(user).sudo(sudo)
                    for label, attack in attacks.items():
                        with (
                            self.subTest(name=name, user=user.login, attack=label),
                            self.assertRaises(AccessError),
                        ):
                            attack(model)

    def test_envelopes_refuse_known_ids(self):
        for name in SEALED_MODELS:
            ids = self._get_row_ids(name)
            self.assertTrue(ids)
            self.env.invalidate_all()
            attacks = {
                "read": lambda rows: rows.read(),
                "field": lambda rows: rows.mapped("bid_id"),
                "export": lambda rows: rows.export_data(["kind"]),
                "web_read": lambda rows: rows.web_read({"kind": {}}),
                "write": lambda rows: rows.write({"kind": "technical"}),
                "unlink": lambda rows: rows.unlink(),
                "copy": lambda rows: rows.copy(),
                "display": lambda rows: rows.mapped("display_name"),
            }
            for user in self.everybody:
                for sudo in (False, True):
                    for label, attack in attacks.items():
                        rows = self.env[name].with_user(user).sudo(sudo).browse(ids)
                        with (
                            self.subTest(name=name, user=user.login, attack=label),
                            self.assertRaises(
                                UserError if label == "export" else AccessError
                            ),
                        ):
                            attack(rows)

    def test_context_keys_do_not_open(self):
        for context in (
            {"outsourcing_seal_key": True},
            {"outsourcing_seal_key": "SEAL_KEY"},
            {"outsourcing_flow_key": True},
            {"bin_size": False, "active_test": False, "skip_validation_check": True},
        ):
            model = self.env["outsourcing.bid.envelope"].with_context(**context)
            with self.assertRaises(AccessError):
                model.sudo().search([])

    def test_nothing_points_to_the_envelopes(self):
        """No field leads into them, so that no domain can search through one."""
        for name in self.env.registry:
            for field in self.env[name]._fields.values():
                if field.comodel_name in SEALED_MODELS:
                    self.assertTrue(field.automatic, f"{field} leads into a bid")

    def test_cache_of_the_transaction_keeps_nothing(self):
        portal.read_bid(self.bid.with_user(self.alpha_user).sudo())
        ids = self._get_row_ids("outsourcing.bid.envelope")
        portal.read_bid(self.bid.with_user(self.alpha_user).sudo())
        rows = self.env["outsourcing.bid.envelope"].with_user(self.settings_user)
        with self.assertRaises(AccessError):
            rows.browse(ids).mapped("payload")

    def test_template_of_an_administrator(self):
        """A mail template that asks for the envelopes is not even saved."""
        template = self.env.ref("outsourcing_mgmt.mail_template_bid_receipt")
        with (
            mute_logger(
                "odoo.addons.mail.models.mail_render_mixin",
                "odoo.addons.mail.models.mail_template",
            ),
            self.assertRaises(UserError),
        ):
            template.body_html = (
                "<t t-out=\"object.env['outsourcing.bid.envelope'].sudo().search([])"
                ".mapped('payload')\"/>"
            )

    @mute_logger("odoo.addons.outsourcing_mgmt.models.tender.outsourcing_tender_vendor")
    def test_broken_template_does_not_stop_a_bid(self):
        draft = self._draft_bid(self.gamma_user)
        template = self.env.registry["mail.template"]
        with patch.object(template, "send_mail", side_effect=UserError("broken")):
            draft.action_seal()
        self.assertEqual(draft.state, "sealed")

    def test_server_action_of_an_administrator(self):
        for code in (
            "model.sudo().search([]).mapped('payload')",
            "env['outsourcing.bid'].sudo().search([])._vendor_read()",
        ):
            with self.assertRaises(Exception):  # noqa: B017
                safe_eval(
                    code,
                    {
                        "model": self.env["outsourcing.bid.envelope"],
                        "env": self.env(user=self.settings_user.id),
                    },
                )

    # ------------------------------------------------------------
    # THE BID
    # ------------------------------------------------------------

    def test_staff_reads_facts_only(self):
        for user in self.staff:
            model = self.env["outsourcing.bid"].with_user(user)
            if not model.has_access("read"):
                continue
            bids = model.search([("tender_id", "=", self.tender.id)])
            self.assertNotIn(self.draft.id, bids.ids, "nobody finds a draft")
            self.assertNoSecret(bids.read())
            fields = [name for name in bids._fields if not name.startswith("message")]
            self.assertNoSecret(bids.export_data(fields)["datas"])
            self.assertFalse(bids.line_ids)
            self.assertFalse(any(bids.mapped("amount_total")))

    def test_facts_are_for_the_right_people(self):
        for user, found in (
            (self.procurement_user, self.bid),
            (self.officer_user, self.bid),
            (self.auditor_user, self.bid),
            (self.manager_user, self.bid),
            (self.user_user, self.bid.browse()),
            (self.plain_user, self.bid.browse()),
            (self.settings_user, self.bid.browse()),
        ):
            model = self.env["outsourcing.bid"].with_user(user)
            self.assertEqual(
                model.search([("tender_id", "=", self.tender.id)]).ids, found.ids
            )
        for user in self.strangers | self.alpha_user:
            with self.assertRaises(AccessError):
                self.env["outsourcing.bid"].with_user(user).search_count([])
        for user in self.settings_user | self.strangers | self.alpha_user:
            with self.assertRaises(AccessError):
                self.bid.with_user(user).read(["sha256"])

    def test_no_search_oracle(self):
        """No domain tells a high from a low bid, a full from an empty one."""
        cheap = self._sealed_bid(self.gamma_user, ("1", "1"), files=False)
        for user in (self.procurement_user, self.auditor_user):
            model = self.env["outsourcing.bid"].with_user(user)
            both = cheap | self.bid
            for domain in (
                [("amount_total", ">", 0)],
                [("line_ids.price_unit", ">", 0)],
                [("line_ids", "!=", False)],
                [("attachment_ids", "!=", False)],
                [("technical_note", "!=", False)],
            ):
                found = model.search([("id", "in", both.ids), *domain])
                self.assertFalse(found, domain)
            for aggregate in ("amount_total:sum", "amount_total:max"):
                groups = model._read_group([], ["partner_id"], [aggregate])
                self.assertFalse(any(value for _partner, value in groups))

    def test_draft_is_found_by_nobody(self):
        for user in self.staff | self.strangers:
            model = self.env["outsourcing.bid"].with_user(user)
            with self.subTest(user=user.login):
                if model.has_access("read"):
                    self.assertFalse(model.search([("id", "=", self.draft.id)]))
                    self.assertNotIn(
                        self.draft.id,
                        self.tender.with_user(user).sudo().bid_ids.ids,
                    )
                with self.assertRaises(AccessError):
                    self.draft.with_user(user).read(["partner_id"])

    def test_acts_of_vendors_know_their_vendor(self):
        """The acts of the portal ask who acts; ``sudo()`` does not help."""
        for user in self.staff | self.strangers:
            acting = self.bid.with_user(user).sudo()
            draft = self.draft.with_user(user).sudo()
            for act, *arguments in (
                (portal.read_bid, acting),
                (portal.export_prices, acting),
                (portal.replace_bid, acting),
                (portal.reconfirm_bid, acting),
                (portal.get_result, acting),
                (portal.get_file, acting, 1),
                (portal.save_draft, draft, None, "x"),
                (portal.add_file, draft, "a.pdf", PDF),
                (portal.remove_file, draft, 1),
                (portal.import_prices, draft, b""),
                (portal.read_bid, draft),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    act(*arguments)

    def test_system_fields_are_not_written(self):
        vals_list = [
            {"sha256": "0" * 64},
            {"receipt_code": "X"},
            {"received_at": "2020-01-01 00:00:00"},
            {"partner_id": self.gamma.id},
            {"rank": 1},
            {"total_score": 100},
            {"needs_reconfirmation": False},
            {"technical_opened_at": "2020-01-01 00:00:00"},
            {"amount_total": 1},
            {"line_ids": [(0, 0, {"price_unit": 1})]},
        ]
        for user in (self.procurement_user, self.manager_user, self.settings_user):
            for vals in vals_list:
                for sudo in (False, True):
                    with self.subTest(vals=vals), self.assertRaises(UserError):
                        self.bid.with_user(user).sudo(sudo).write(vals)
        for state in ("draft", "sealed", "opened", "won"):
            with self.assertRaises(UserError):
                self.env["outsourcing.bid"].sudo().create(
                    {
                        "tender_id": self.tender.id,
                        "partner_id": self.gamma.id,
                        "state": state,
                    }
                )

    # ------------------------------------------------------------
    # BESIDES THE BID: ATTACHMENTS, CHATTER, MAILS, LOGS, TABLES
    # ------------------------------------------------------------

    def test_no_attachment(self):
        attachments = (
            self.env["ir.attachment"].sudo().with_context(skip_res_field_check=True)
        )
        self.assertFalse(
            attachments.search(
                [
                    ("res_field", "in", [False, "content", "payload"]),
                    ("res_model", "in", [*SEALED_MODELS, "outsourcing.bid"]),
                ]
            )
        )
        self.assertFalse(attachments.search([("name", "=", "concept.pdf")]))

    def test_no_trace_in_messages_and_logs(self):
        messages = (
            self.env["mail.message"].sudo().search([], order="id desc", limit=500)
        )
        self.assertNoSecret(messages.mapped("body"))
        tracked = self.env["mail.tracking.value"].sudo().search([])
        self.assertNoSecret(tracked.mapped("new_value_text"))
        self.assertFalse(
            tracked.filtered(
                lambda value: value.new_value_float in (98765.43, 1185185.2)
            )
        )
        mails = self.env["mail.mail"].sudo().search([])
        self.assertNoSecret([str(body) for body in mails.mapped("body_html")])
        self.assertNoSecret(
            self.env["outsourcing.audit.log"].sudo().search([]).mapped("details")
        )

    def test_price_is_in_the_envelope_table_only(self):
        """Look for the price in every text and number of the database."""
        self.env.flush_all()
        self.cr.execute(
            """
            SELECT table_name, column_name, data_type
              FROM information_schema.columns
             WHERE table_schema = 'public'
               AND data_type IN ('text', 'character varying', 'jsonb', 'numeric',
                                 'double precision')
               AND (table_name LIKE 'outsourcing%%' OR table_name LIKE 'mail%%'
                    OR table_name LIKE 'purchase%%' OR table_name LIKE 'ir_%%')
            """
        )
        hits = set()
        for table, column, kind in self.cr.fetchall():
            if kind in ("numeric", "double precision"):
                condition = f'"{column}" IN (98765.43, 1185185.16, 1185185.2)'
            else:
                condition = f"\"{column}\"::text ~ '98,?765\\.43'"
            self.cr.execute(f'SELECT 1 FROM "{table}" WHERE {condition} LIMIT 1')
            if self.cr.fetchone():
                hits.add(f"{table}.{column}")
        self.assertEqual(hits, {"outsourcing_bid_envelope.payload"})

    def test_digest_tells_nothing(self):
        """Equal bids have different digests, so that no price can be guessed."""
        tender = self._create_published_tender()
        digests = {
            self._sealed_bid(user, ("10", "10"), tender, files=False).sha256
            for user in self.vendor_users
        }
        self.assertEqual(len(digests), 3)
        one = self._sealed_bid(self.gamma_user, ("10", "10"), files=False)
        first = one.sha256
        portal.save_draft(portal.replace_bid(one), declared=True)
        again = portal.find_bids(self.tender.with_user(self.gamma_user).sudo())
        again.action_seal()
        self.assertNotEqual(first, again.sha256)

    def test_refusals_tell_nothing(self):
        for act in (
            lambda: open_bids(self.bid.with_user(self.procurement_user), "price"),
            lambda: self.bid.with_user(self.procurement_user).sudo().action_withdraw(),
            lambda: portal.read_bid(self.bid.with_user(self.gamma_user).sudo()),
            lambda: self.draft.with_user(self.gamma_user).sudo().action_seal(),
        ):
            with self.assertRaises(UserError) as caught:
                act()
            self.assertNoSecret(str(caught.exception))
            self.assertNotIn("price for every line", str(caught.exception))

    # ------------------------------------------------------------
    # OVER HTTP
    # ------------------------------------------------------------

    def test_web_content_and_rpc(self):
        self.env.flush_all()
        envelope_ids = self._get_row_ids("outsourcing.bid.envelope")
        file_ids = self._get_row_ids("outsourcing.bid.file")
        self.env.invalidate_all()
        for user in (self.settings_user, self.procurement_user, self.gamma_user):
            self.authenticate(user.login, user.login)
            with mute_logger("odoo.http", "odoo.addons.base.models.ir_binary"):
                for file_id in file_ids:
                    response = self.url_open(
                        f"/web/content/outsourcing.bid.file/{file_id}/content"
                    )
                    self.assertNotEqual(response.status_code, 200)
                    self.assertNotIn(b"secret content", response.content)
                for model, ids, field in (
                    ("outsourcing.bid.envelope", envelope_ids, "payload"),
                    ("outsourcing.bid.file", file_ids, "content"),
                ):
                    answer = self.make_jsonrpc_request_raw(model, ids, field)
                    self.assertIn("error", answer)
                    self.assertNoSecret(answer)

    def make_jsonrpc_request_raw(self, model, ids, field):
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/read",
            data=json.dumps(
                {
                    "params": {
                        "model": model,
                        "method": "read",
                        "args": [ids, [field]],
                        "kwargs": {},
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    # ------------------------------------------------------------
    # AFTER THE OPENING
    # ------------------------------------------------------------

    def test_opened_bid_is_read_by_those_who_may(self):
        self._close(self.tender)
        open_bids(self.bid, "price")
        attachment = self.bid.attachment_ids
        self.assertEqual(attachment.with_user(self.procurement_user).raw, PDF)
        self.assertEqual(
            self.bid.with_user(self.auditor_user).line_ids.mapped("price_unit"),
            [98765.43, 0.01],
        )
        for user in self.settings_user | self.gamma_user | self.plain_user:
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(["raw"])
            with self.assertRaises(AccessError):
                self.bid.line_ids.with_user(user).read(["price_unit"])

    def test_committee_reads_without_conflict_only(self):
        free, bound = (
            member.with_user(member.user_id) for member in self.tender.committee_ids[:2]
        )
        free.action_declare()
        bound.action_declare(True, "My brother bids")
        bids = self.env["outsourcing.bid"].with_user(free.env.user)
        self._close(self.tender)
        self.assertFalse(bids.search([]), "sealed bids are for nobody of them")
        open_bids(self.bid, "price")
        self.assertEqual(bids.search([]).ids, self.bid.ids)
        self.assertFalse(bids.with_user(bound.env.user).search([]))
