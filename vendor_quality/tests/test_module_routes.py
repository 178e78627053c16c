import re
from inspect import signature

from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_form_dispute import DisputeCommon

OWN_MODULES = (
    "odoo.addons.outsourcing_mgmt.",
    "odoo.addons.itsm_desk.",
    "odoo.addons.vendor_quality.",
)
OUTSIDE = {"wecom", "callback"}
ODD_TEXTS = ("\x00x", "9" * 40, "-1", "[1]")
TOO_LARGE = 2**31


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAttackRoutes(DisputeCommon, HttpCase):
    """Every page of the suite, and core's routes about its documents, as strangers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requester = cls._new_user("requester", "base.group_user")
        cls.ticket = (
            cls.env["itsm.ticket"]
            .with_user(cls.requester)
            .create({"subject": "Zwirnknäuel", "description": "<p>Zwirnknäuel</p>"})
        )
        cls.form.action_submit()
        cls.said = {
            record: record.sudo().message_post(body=f"Zwirnknäuel {record._name}")
            for record in (cls.contract, cls.form, cls.ticket)
        }
        file = cls.env["ir.attachment"].create(
            {
                "name": "Zwirnknäuel.txt",
                "raw": "Zwirnknäuel".encode(),
                "res_model": cls.contract._name,
                "res_id": cls.contract.id,
            }
        )
        cls.file = file
        cls.secrets = ("Zwirnknäuel", "Zwirnkn&#228;uel", "Zwirnkn\\u00e4uel")
        for user in (cls.vendor_user, cls.peer_user, cls.plain_user):
            user.password = user.login
        cls.ids = {
            "contract_id": cls.contract.id,
            "form_id": cls.form.id,
            "ticket_id": cls.ticket.id,
        }

    def _get_routes(self, kind):
        """Return ``[(path with parameters, rule)]`` of the pages of the suite."""
        routes = []
        for rule in self.env["ir.http"].routing_map().iter_rules():
            module = rule.endpoint.func.__module__
            if (
                module.startswith(OWN_MODULES)
                and rule.endpoint.routing["type"] == kind
                # Routes of core that ours only extend.
                and not rule.rule.startswith("/mail/")
                and OUTSIDE.isdisjoint(rule.rule.split("/"))
            ):
                routes.append((rule.rule, rule))
        return routes

    def _get_names(self, rule):
        """Return the names of what a page takes beside its path."""
        names = signature(rule.endpoint.func).parameters.keys()
        names -= {"self", "kw", "kwargs", "post", *rule.arguments}
        return sorted(names)

    def _build(self, rule, number=None):
        def fill(found):
            kind, name = found.groups()
            return str(number or self.ids.get(name, 1)) if kind == "int" else "x"

        return re.sub(r"<(?:(\w+):)?(\w+)>", fill, rule.rule)

    def assertTellsNothing(self, page, name):
        self.assertLess(page.status_code, 500, name)
        for secret in self.secrets:
            self.assertNotIn(secret, page.text, name)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_http")
    def test_pages_read_by_strangers(self):
        """By number of others' documents, and by numbers that no record has."""
        routes = self._get_routes("http")
        self.assertGreater(len(routes), 50)
        for user in (None, self.peer_user, self.plain_user):
            self.authenticate(user and user.login, user and user.login)
            for path, rule in routes:
                for number in (None, TOO_LARGE):
                    url = self._build(rule, number)
                    with self.subTest(user=user and user.login, url=url):
                        page = self.url_open(f"{url}?search=%00x&page=-1")
                        self.assertTellsNothing(page, path)
                        if number and "<int:" in path and user:
                            self.assertIn(page.status_code, (404, 405), path)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_http")
    def test_pages_written_by_strangers(self):
        """Not by a link, nor without the token of the session, nor with odd values."""
        before = self._get_said()
        pages = self._get_routes("http")
        routes = [
            (path, rule) for path, rule in pages if "POST" in (rule.methods or ())
        ]
        read = {path for path, rule in pages if "GET" in (rule.methods or ())}
        self.assertGreater(len(routes), 25)
        for user in (self.peer_user, self.vendor_user):
            self.authenticate(user.login, user.login)
            token = Request.csrf_token(self)
            for path, rule in routes:
                url, names = self._build(rule), self._get_names(rule)
                csrf = rule.endpoint.routing.get("csrf", True)
                with self.subTest(user=user.login, path=path):
                    if path not in read:
                        self.assertIn(self.url_open(url).status_code, (404, 405))
                    if csrf:
                        page = self.url_open(url, data={"x": "1"})
                        self.assertEqual(page.status_code, 400, path)
                    for odd in ODD_TEXTS:
                        data = {"csrf_token": token, **dict.fromkeys(names, odd)}
                        self.assertTellsNothing(self.url_open(url, data=data), path)
                    files = [(name, ("x.txt", b"x")) for name in names]
                    page = self.url_open(
                        url, data={"csrf_token": token}, files=files or None
                    )
                    self.assertTellsNothing(page, path)
            if user == self.peer_user:
                self.assertEqual(self._get_said(), before)

    @mute_logger("odoo.http")
    def test_calls_with_odd_values(self):
        routes = self._get_routes("jsonrpc")
        self.assertTrue(routes)
        for user in (self.peer_user, self.plain_user):
            self.authenticate(user.login, user.login)
            for path, rule in routes:
                names = self._get_names(rule)
                for odd in (None, [1], {"x": 1}, "\x00", 10**30, True):
                    with self.subTest(user=user.login, path=path, odd=odd):
                        reply = self.url_open(
                            self._build(rule),
                            json={"params": dict.fromkeys(names, odd)},
                        )
                        self.assertTellsNothing(reply, path)
                        error = reply.json().get("error", {}).get("data", {})
                        self.assertIn(
                            error.get("name", "odoo.exceptions.").rpartition(".")[0],
                            ("odoo.exceptions", "werkzeug.exceptions"),
                            f"{path}: {error.get('message')}",
                        )

    def _get_said(self):
        """What was said about the documents, and who follows them."""
        self.env.invalidate_all()
        return {
            record: (record.sudo().message_ids.ids, record.sudo().message_partner_ids)
            for record in self.said
        }

    def _get_core_calls(self, record):
        """Return ``{path: parameters}`` of calls of core about a document."""
        message = self.said[record].id
        thread = {"thread_model": record._name, "thread_id": record.id}
        old = {"res_model": record._name, "res_id": record.id}
        post = {"body": "Zwirn", "message_type": "comment"}
        return {
            "/mail/thread/messages": thread,
            "/mail/thread/recipients": thread,
            "/mail/thread/recipients/get_suggested_recipients": thread,
            "/mail/partner/from_email": {**thread, "emails": ["x@y.example"]},
            "/mail/message/post": {**thread, "post_data": post},
            "/mail/message/update_content": {
                "message_id": message,
                "update_data": {"body": "Zwirn", "attachment_ids": []},
            },
            "/mail/message/reaction": {
                "message_id": message,
                "content": "👍",
                "action": "add",
            },
            "/mail/link_preview": {"message_id": message},
            "/mail/thread/subscribe": {
                **old,
                "partner_ids": self.peer_user.partner_id.ids,
            },
            "/mail/thread/unsubscribe": {
                **old,
                "partner_ids": record.sudo().message_partner_ids.ids,
            },
            "/mail/data": {
                "fetch_params": [
                    [
                        "mail.thread",
                        {
                            **thread,
                            "request_list": [
                                *("activities", "attachments", "followers"),
                                *("suggestedRecipients", "scheduledMessages"),
                            ],
                        },
                    ],
                    ["mail.message", {"message_id": message}],
                ]
            },
            "/mail/attachment/delete": {"attachment_id": self.file.id},
            "/mail/chatter_fetch": thread,
            "/portal/chatter_init": thread,
            "/portal/chatter_fetch": thread,
            "/web/dataset/call_kw/mail.message/read": {
                "model": "mail.message",
                "method": "read",
                "args": [[message], ["body", "record_name"]],
                "kwargs": {},
            },
        }

    @mute_logger("odoo.http", "odoo.addons.mail.controllers.mail")
    def test_routes_of_core(self):
        before = self._get_said()
        reports = self.env["ir.actions.report"].search(
            [("model", "in", [record._name for record in self.said])]
        )
        self.assertTrue(reports)
        for user in (self.peer_user, self.plain_user):
            self.authenticate(user.login, user.login)
            for record in self.said:
                for path, params in self._get_core_calls(record).items():
                    with self.subTest(user=user.login, path=path, model=record._name):
                        reply = self.url_open(path, json={"params": params})
                        self.assertTellsNothing(reply, path)
                urls = [
                    f"/mail/view?model={record._name}&res_id={record.id}",
                    f"/mail/message/{self.said[record].id}",
                    f"/web/content/{self.file.id}",
                    f"/web/image/{self.file.id}",
                    f"/mail/attachment/pdf_first_page/{self.file.id}",
                    f"/odoo/{record._name}/{record.id}",
                ]
                urls += [
                    f"/{route}/{record._name}/{record.id}/{field.name}"
                    for field in record._fields.values()
                    if field.type == "binary"
                    for route in ("web/content", "web/image")
                ]
                urls += [
                    f"/report/html/{report.report_name}/{record.id}"
                    for report in reports
                    if report.model == record._name
                ]
                for url in urls:
                    with self.subTest(user=user.login, url=url):
                        page = self.url_open(url)
                        self.assertTellsNothing(page, url)
                        if url.startswith("/report"):
                            self.assertNotEqual(page.status_code, 200, url)
        self.assertEqual(self._get_said(), before)
        self.assertTrue(self.file.exists())
