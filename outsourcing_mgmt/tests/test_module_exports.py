import io
import json
import zipfile

from odoo import Command
from odoo.exceptions import UserError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import BidCommon

EXPORT = "odoo.addons.web.controllers.export"
SECRETS = ("98765.43", "98,765.43", "1185185.16", "1,185,185.16")
AMOUNTS = ("100000.0", "100,000.0")
"""The reference price of the tender."""
TENDER_PATHS = (
    "bid_ids",
    "bid_ids/amount_total",
    "bid_ids/line_ids/price_unit",
    "bid_ids/message_ids/body",
    "bid_ids/partner_id",
    "bid_ids/id",
    "message_ids/body",
    "message_ids/tracking_value_ids/new_value_char",
    "reference_price_id/amount",
    "reference_price_id/message_ids/body",
    "reference_price_id/source_ids/amount",
    "request_ids/tender_ids/bid_ids/amount_total",
    "score_ids/value",
)
SEALED = {
    "outsourcing.bid": ("amount_total", "line_ids/price_unit", "message_ids/body"),
    "outsourcing.bid.envelope": (".id", "id", "payload", "sha256"),
    "outsourcing.bid.file": (".id", "id", "name", "content"),
    "outsourcing.bid.line": ("price_unit", "bid_id/partner_id"),
    "outsourcing.reference.price": ("amount", "amount_text", "source_ids/amount"),
    "mail.message": ("body", "record_name", "subject"),
    "purchase.order": ("outsourcing_tender_id/id", "outsourcing_tender_id/name"),
}


@tagged("post_install", "-at_install")
class TestExports(BidCommon, HttpCase):
    """What a role may not read it does not export, by whatever route of the client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bid = cls._sealed_bid(cls.alpha_user, ("98765.43", "0.01"))
        cls.tender = cls.bid.sudo().tender_id
        cls.env.flush_all()
        cls.readers = {
            "officer": cls.officer_user,
            "procurement": cls.procurement_user,
            "hr": cls.hr_user,
            "manager": cls.manager_user,
            "auditor": cls.auditor_user,
        }
        cls.strangers = {
            "head": cls.head_user,
            "plain": cls.plain_user,
            "settings": cls.settings_user,
            "user": cls.user_user,
            "vendor": cls.gamma_user,
        }
        # Officers, who set the reference price, and auditors are no strangers to it.
        cls.keepers = [cls.procurement_user, cls.hr_user, *cls.strangers.values()]
        export = cls.env.ref("base.group_allow_export")
        for user in (*cls.readers.values(), *cls.strangers.values()):
            if not user.share:
                user.group_ids = [Command.link(export.id)]
            user.password = user.login

    def _log_in(self, user):
        self.authenticate(user.login, user.login)
        self.token = Request.csrf_token(self)

    def _export(self, kind, model, names, **options):
        """Return what the client gets: the text of a file, or the page of a refusal."""
        fields = [{"name": name, "label": name, "type": "char"} for name in names]
        data = {
            "model": model,
            "fields": fields,
            "ids": False,
            "domain": [],
            "import_compat": False,
            **options,
        }
        answer = self.url_open(
            f"/web/export/{kind}",
            data={"csrf_token": self.token, "data": json.dumps(data)},
        )
        if kind == "xlsx" and answer.ok:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                return "".join(str(book.read(name)) for name in book.namelist())
        return answer.text

    def assertNoSecret(self, text, name, user):
        kept = (*SECRETS, *AMOUNTS) if user in self.keepers else SECRETS
        for secret in kept:
            self.assertNotIn(secret, text, name)

    def _get_row_ids(self, name):
        """Return the ids of the last rows of a model, as somebody might guess them."""
        self.cr.execute(
            f'SELECT id FROM "{self.env[name]._table}" ORDER BY id DESC LIMIT 50'
        )
        return [row[0] for row in self.cr.fetchall()]

    @mute_logger(EXPORT, "odoo.http", "odoo.sql_db")
    def test_sealed_prices(self):
        """Neither by a path, nor by number, nor in groups, for whoever works on it."""
        count = 0
        for role, user in {**self.readers, **self.strangers}.items():
            self._log_in(user)
            for path in TENDER_PATHS:
                for options in (
                    {},
                    {"ids": self.tender.ids},
                    {"ids": self.tender.ids, "import_compat": True},
                ):
                    text = self._export("csv", self.tender._name, [path], **options)
                    self.assertNoSecret(text, (role, path), user)
                    count += 1
            for model, names in SEALED.items():
                ids = self._get_row_ids(model)
                for name in names:
                    for options in ({}, {"ids": ids}):
                        text = self._export("csv", model, [name], **options)
                        self.assertNoSecret(text, (role, model, name), user)
                        count += 1
        self.assertGreater(count, 500)

    @mute_logger(EXPORT, "odoo.http", "odoo.sql_db")
    def test_groups_and_workbooks(self):
        for role, user in {**self.readers, **self.strangers}.items():
            self._log_in(user)
            for model, names, groups in (
                ("outsourcing.bid", ["amount_total"], ["tender_id"]),
                ("outsourcing.bid", ["amount_total"], ["amount_total"]),
                ("outsourcing.bid.line", ["price_unit"], ["bid_id"]),
                ("outsourcing.reference.price", ["name"], ["amount"]),
                ("outsourcing.reference.price", ["amount"], []),
                ("outsourcing.tender", ["bid_ids/amount_total"], []),
            ):
                text = self._export("xlsx", model, names, groupby=groups)
                self.assertNoSecret(text, (role, model), user)

    @mute_logger(EXPORT, "odoo.http", "odoo.sql_db")
    def test_strangers_export_nothing(self):
        """No row, no name and no external id of a document that they do not read."""
        self.tender.sudo()._BaseModel__ensure_xml_id()
        xml_id = self.tender.sudo().get_external_id()[self.tender.id]
        known = self.env["ir.model.data"].search_count([])
        for role, user in self.strangers.items():
            theirs = self.tender.with_user(user)
            if theirs.has_access("read"):
                continue
            self._log_in(user)
            for names in (["id"], [".id", "id"], ["name"], ["display_name"]):
                for options in ({"ids": self.tender.ids}, {"domain": []}):
                    text = self._export("csv", self.tender._name, names, **options)
                    for secret in (xml_id, self.tender.name, self.tender.subject):
                        self.assertNotIn(secret, text, (role, names))
            with self.assertRaises(UserError):
                theirs.export_data(["id"])
        self.assertEqual(self.env["ir.model.data"].search_count([]), known)

    @mute_logger(EXPORT, "odoo.http", "odoo.sql_db")
    def test_saved_exports_and_lists_of_fields(self):
        """Saved lists name fields; they bring no value, and no field of others."""
        saved = self.env["ir.exports"].create(
            {
                "name": "Prices",
                "resource": "outsourcing.tender",
                "export_fields": [
                    Command.create({"name": name})
                    for name in ("bid_ids/amount_total", "reference_price_id/amount")
                ],
            }
        )
        for user in (self.head_user, self.plain_user, self.procurement_user):
            self._log_in(user)
            for path, parameters in (
                (
                    "namelist",
                    {"model": "outsourcing.tender", "export_id": saved.id},
                ),
                ("get_fields", {"model": "outsourcing.bid.envelope", "domain": []}),
                ("get_fields", {"model": "outsourcing.bid", "domain": []}),
            ):
                answer = self.url_open(
                    f"/web/export/{path}", json={"params": parameters}
                )
                self.assertNoSecret(answer.text, (user.login, path), user)
