import json

from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_form_dispute import DisputeCommon

EXPORT = "odoo.addons.web.controllers.export"
IMPORTER = "odoo.addons.base_import.models.base_import"
OPTIONS = {
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
    "encoding": "utf-8",
    "fallback_values": {},
    "float_decimal_separator": ".",
    "float_thousand_separator": ",",
    "has_headers": True,
    "import_set_empty_fields": [],
    "import_skip_records": [],
    "keep_matches": False,
    "limit": 100,
    "name_create_enabled_fields": {},
    "quoting": '"',
    "separator": ",",
    "skip": 0,
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImports(DisputeCommon, HttpCase):
    """The importer of the client passes no rule; what it exports is its user's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requester = cls._new_user("requester", "base.group_user")
        cls.technician = cls._new_user(
            "technician", "base.group_user,itsm_desk.group_itsm_technician"
        )
        cls.ticket = (
            cls.env["itsm.ticket"]
            .with_user(cls.requester)
            .create({"subject": "Paper jam", "description": "<p>Jam</p>"})
            .sudo()
        )
        export = cls.env.ref("base.group_allow_export")
        cls.people = {
            "auditor": cls.auditor_user,
            "finance": cls.finance_user,
            "manager": cls.manager_user,
            "officer": cls.officer_user,
            "plain": cls.plain_user,
            "technician": cls.technician,
            "vendor": cls.vendor_user,
        }
        for user in cls.people.values():
            user.password = user.login
            if not user.share:
                user.group_ids |= export

    def _log_in(self, user):
        self.authenticate(user.login, user.login)
        self.token = Request.csrf_token(self)

    def _call(self, model, method, *args):
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": {},
                }
            },
        )
        self.assertLess(answer.status_code, 500)
        return answer.json()

    def _import(self, model, names, rows):
        """Import ``rows`` as the client does; return what it is told (dict)."""
        begun = self._call("base_import.import", "create", {"res_model": model})
        if "error" in begun:
            return begun
        lines = [names, *rows]
        text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
        self.url_open(
            "/base_import/set_file",
            data={"csrf_token": self.token, "id": begun["result"]},
            files={"ufile": ("rows.csv", text.encode(), "text/csv")},
        )
        return self._call(
            "base_import.import",
            "execute_import",
            [begun["result"]],
            names,
            names,
            OPTIONS,
        )

    @mute_logger("odoo.http", "odoo.sql_db", IMPORTER)
    def test_states_and_figures_are_not_imported(self):
        kept = {
            self.contract: {"state": "terminated", "name": "OC-X", "score": ""},
            self.form: {"state": "approved", "score": "99", "payable_amount": "1"},
            self.rounds: {"points": "100", "numerator": "1"},
            self.ticket: {"state": "closed", "name": "INC-X", "owner_id/.id": "1"},
        }
        before = {record: record.sudo().read(load=False)[0] for record in kept}
        for role, user in self.people.items():
            self._log_in(user)
            for record, values in kept.items():
                for name, value in values.items():
                    field = name.split("/")[0]
                    if field not in record._fields:
                        continue
                    with self.subTest(role=role, on=record._name, field=name):
                        told = self._import(
                            record._name, [".id", name], [[record.id, value]]
                        )
                        result = told.get("result") or {}
                        self.assertFalse(result.get("ids"), told)
                        self.env.invalidate_all()
                        self.assertEqual(
                            record.sudo().read([field], load=False)[0][field],
                            before[record][field],
                        )

    @mute_logger("odoo.http", "odoo.sql_db", IMPORTER)
    def test_no_document_is_born_beyond_its_beginning(self):
        Form = self.env["vendor.quality.form"]
        last = Form.search([], order="id desc", limit=1)
        for role, user in self.people.items():
            self._log_in(user)
            with self.subTest(role=role):
                self._import(
                    "vendor.quality.form",
                    ["contract_id/.id", "date_start", "date_end", "state"],
                    [[self.contract.id, "2026-04-01", "2026-04-30", "approved"]],
                )
        self.env.invalidate_all()
        born = Form.search([("id", ">", last.id)])
        self.assertFalse(born.filtered(lambda form: form.state != "draft"))

    @mute_logger("odoo.http", "odoo.addons.mail.models.mail_thread")
    def test_clients_hand_in_no_mail_on_a_bill(self):
        """Code of the server does, which receives mails of vendors."""
        mail = (
            "From: Somebody <somebody@elsewhere.example>\nTo: bills@example.com\n"
            "Message-Id: <forged@elsewhere.example>\nSubject: Bill\n\nPay it today."
        )
        self._log_in(self.finance_user)
        for model in ("account.move", "purchase.order", self.contract._name):
            told = self._call("mail.thread", "message_process", model, mail)
            self.assertIn("error", told)
            self.assertIn("mail server", told["error"]["data"]["message"])

    @mute_logger(EXPORT, "odoo.http", "odoo.sql_db")
    def test_exports_hold_what_their_user_reads(self):
        """Of each field that a role may not read, no file has the value."""
        count = 0
        records = (self.contract, self.form, self.rounds, self.ticket)
        for role, user in self.people.items():
            self._log_in(user)
            for record in records:
                for name in ("display_name", "message_ids/body", "create_uid/login"):
                    if name.split("/")[0] not in record._fields:
                        continue
                    self.env.invalidate_all()
                    mine = record.with_user(user).sudo(False)
                    if mine.has_access("read"):
                        continue
                    text = self._export(record, name)
                    count += 1
                    with self.subTest(role=role, on=record._name, field=name):
                        self.assertNotIn(record.sudo().display_name, text)
                        self.assertNotIn("Jam", text)
        self.assertGreater(count, 10)

    def _export(self, record, name):
        data = {
            "model": record._name,
            "fields": [{"name": name, "label": name, "type": "char"}],
            "ids": record.ids,
            "domain": [],
            "import_compat": False,
        }
        return self.url_open(
            "/web/export/csv",
            data={"csrf_token": self.token, "data": json.dumps(data)},
        ).text
