import base64
import time
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import (
    AccessError,
    ConcurrencyError,
    UserError,
    ValidationError,
)
from odoo.http import Request
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from ..controllers import chat
from ..models.base.grants import server_write
from ..models.chat.adapters import ChatError, Incoming, Refused, get_adapter
from ..models.chat.itsm_chat_message import take_message
from ..models.chat.itsm_chat_person import (
    find_person,
    get_link,
    is_link,
    link_to_user,
)
from ..tools import wecom
from .common import DeskCommon
from .fake_wecom import (
    AES_KEY,
    AGENT,
    CORP,
    SECRET,
    TOKEN,
    FakeWeCom,
    make_callback,
    seal,
    sign_query,
)

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@tagged("post_install", "-at_install")
class TestWeComTools(TransactionCase):
    """Signature, encryption and XML, without records."""

    def test_a_known_signature_and_text(self):
        """The example of WeCom's documentation."""
        encrypted = (
            "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWf"
            "rf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLY"
            "L42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwG"
            "c2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9"
            "nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XX"
            "ZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0"
            "lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
        )
        wecom.check(
            TOKEN,
            "477715d11cdb4164915debcba66cb864d751f3e6",
            "1409659813",
            "1372623149",
            encrypted,
            1409659813,
        )
        text = wecom.decrypt(AES_KEY, encrypted, "wx5823bf96d3bd56c7")
        found = wecom.read_xml(text.encode())
        self.assertEqual(found["FromUserName"], "mycreate")
        self.assertEqual(found["Content"], "hello")

    def test_what_is_wrong_is_refused(self):
        encrypted = wecom.encrypt(AES_KEY, "你好", CORP)
        self.assertEqual(wecom.decrypt(AES_KEY, encrypted, CORP), "你好")
        other = "a" * 43
        flipped = ("A" if encrypted[30] != "A" else "B").join(
            (encrypted[:30], encrypted[31:])
        )
        for aes_key, text, receiver in (
            (AES_KEY, encrypted, "ww2"),
            (other, encrypted, CORP),
            (AES_KEY, flipped, CORP),
            (AES_KEY, encrypted[:-4], CORP),
            (AES_KEY, "", CORP),
            (AES_KEY, "%%%", CORP),
            ("short", encrypted, CORP),
            ("ä" * 43, encrypted, CORP),
        ):
            with self.subTest(text=text), self.assertRaises(wecom.WeComError):
                wecom.decrypt(aes_key, text, receiver)

    def test_texts_of_any_length_come_back(self):
        """Whatever the padding; each changed letter of one is noticed."""
        for length in range(70):
            text = "ab 工单 "[length % 7 :] * (length % 5) + "x" * length
            encrypted = wecom.encrypt(AES_KEY, text, CORP)
            self.assertEqual(wecom.decrypt(AES_KEY, encrypted, CORP), text)
        query = sign_query(encrypted, at=1_700_000_000)
        for place in range(0, len(encrypted) - 2, 7):
            letter = "A" if encrypted[place] != "A" else "B"
            changed = encrypted[:place] + letter + encrypted[place + 1 :]
            with self.assertRaises(wecom.WeComError):
                wecom.check(TOKEN, *query.values(), changed, 1_700_000_000)

    def test_signatures_are_of_now(self):
        now = 1_700_000_000
        for at, token, is_right in (
            (now, TOKEN, True),
            (now - 299, TOKEN, True),
            (now - 301, TOKEN, False),
            (now + 301, TOKEN, False),
            (now, "other", False),
        ):
            query = sign_query("text", token=token, at=at)
            args = (*(query[key] for key in query), "text", now)
            with self.subTest(at=at, token=token):
                if is_right:
                    wecom.check(TOKEN, *args)
                else:
                    with self.assertRaises(wecom.WeComError):
                        wecom.check(TOKEN, *args)
        for args in (
            (None, None, None, None),
            ("x", "1e9", "n", "text"),
            ("\xe9", str(now), "n", "text"),
        ):
            with self.assertRaises(wecom.WeComError):
                wecom.check(TOKEN, *args, now)

    def test_xml_expands_and_fetches_nothing(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>'
        for data in (bomb, b"<xml>", b"", b"<other/>", b"<xml>&a;</xml>", b"\xff\xfe"):
            with self.subTest(data=data), self.assertRaises(wecom.WeComError):
                wecom.read_xml(data)
        self.assertEqual(wecom.read_xml(b"<xml><A>1</A><B><C/></B></xml>"), {"A": "1"})

    def test_keys_are_sent_by_https(self):
        for address, is_right in (
            (wecom.ADDRESS, True),
            ("https://proxy.example.com:8443/", True),
            ("http://proxy.example.com", False),
            ("http://127.0.0.1:80", False),
            ("https://localhost", False),
            ("https://a.example.com/path", False),
            ("https://a.example.com#x", False),
            ("https://user:word@a.example.com", False),
            ("https://a.example.com:x", False),
            ("https:// a", False),
            (False, False),
        ):
            with self.subTest(address=address):
                self.assertEqual(wecom.is_server(address), is_right)
        self.assertTrue(wecom.is_server("http://127.0.0.1:80", with_loopback=True))

    def test_texts_are_cut_between_letters(self):
        text = "工" * 1000
        self.assertLessEqual(len(wecom.cut(text).encode()), wecom.MOST_BYTES)
        self.assertTrue(wecom.cut(text).startswith("工工"))
        self.assertEqual(wecom.cut("short"), "short")


class WeComCommon(DeskCommon):
    """A desk with an account of a WeCom that is a server of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fake = FakeWeCom()
        cls.addClassCleanup(cls.fake.stop)
        cls.trusted = cls.env["itsm.chat.account"].create(
            {
                "name": "WeCom",
                "server_url": cls.fake.url,
                "team_id": cls.team.id,
                "service_id": cls.service.id,
                "corp_id": CORP,
                "agent_id": AGENT,
                "new_token": TOKEN,
                "new_aes_key": AES_KEY,
                "new_secret": SECRET,
            }
        )
        cls.account = cls.trusted.with_user(cls.manager)

    def _switch_on(self):
        self.account.action_test()
        self.account.action_switch_on()

    def _linked(self):
        person = find_person(self.trusted, "zhangsan")
        link_to_user(person, self.requester)
        return person

    def _write(self, text, key="1", sender="zhangsan"):
        take_message(self.trusted, Incoming(key, sender, text))

    def _send(self):
        """Run the job, whose commits a test cannot make."""
        for state in ("fetching", "queued"):
            rows = self.env["itsm.chat.message"].search([("state", "=", state)])
            for row in rows.sorted("id"):
                row._work()


@tagged("post_install", "-at_install")
class TestChatAccount(WeComCommon):
    """How an account is configured, and who reads its keys."""

    def test_a_neutralized_copy_writes_to_nobody(self):
        self._switch_on()
        self.env.flush_all()
        [query] = get_neutralization_queries(["itsm_desk"])
        self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(self.trusted.secret)
        self.assertFalse(self.trusted.access_token)

    def test_keys_are_read_by_nobody(self):
        self.assertEqual(self.trusted.secret, SECRET)
        admin = self._new_user("root", "group_itsm_manager")
        admin.group_ids |= self.env.ref("base.group_system")
        admin.group_ids |= self.env.ref("base.group_allow_export")
        for user in (self.manager, admin):
            mine = self.account.with_user(user)
            values = mine.read(["new_secret", "new_token", "new_aes_key", "name"])[0]
            self.assertFalse(values["new_secret"] or values["new_token"])
            for name in ("secret", "token", "aes_key", "access_token"):
                with self.subTest(user=user.login, name=name):
                    self.assertNotIn(name, mine.fields_get())
                    with self.assertRaises(AccessError):
                        mine.read([name])
                    with self.assertRaises(AccessError):
                        mine.search([(name, "=like", "t%")])
                    with self.assertRaises(AccessError):
                        mine.write({name: "x"})
                    with self.assertRaises(UserError):
                        mine.export_data([name])
        copy = self.account.copy()
        self.assertFalse(copy.with_env(self.env).sudo().secret)
        for user in (self.technician, self.lead, self.quality, self.requester):
            with self.assertRaises(AccessError):
                self.account.with_user(user).read(["name"])

    def test_it_is_off_until_it_was_tested(self):
        with self.assertRaises(UserError):
            self.account.action_switch_on()
        with self.assertRaises(UserError):
            self.account.write({"state": "on"})
        with self.assertRaises(UserError):
            self.account.create({"name": "x", "state": "on"})
        with self.assertRaises(AccessError):
            self.account.write({"tested_at": "2026-01-01 00:00:00"})
        with self.assertRaises(UserError):
            self._write("Help")
        self.account.action_test()
        self.account.action_switch_on()
        self.assertEqual(self.account.state, "on")
        with self.assertRaises(UserError):
            self.account.write({"corp_id": "ww9"})
        with self.assertRaises(UserError):
            self.account.write({"new_secret": "other"})
        self.account.action_switch_off()
        self.account.write({"corp_id": "ww9"})
        self.assertFalse(self.account.tested_at, "other keys are not proven")

    def test_a_wrong_secret_is_said_and_not_shown(self):
        self.account.write({"new_secret": "wrong-secret"})
        answer = self.account.action_test()
        self.assertIn("40001", answer["params"]["message"])
        self.assertNotIn("wrong-secret", str(answer) + self.account.last_error)
        self.assertFalse(self.account.tested_at)
        self.trusted.write(
            {"server_url": "http://127.0.0.1:1", "new_secret": "wrong-secret"}
        )
        self.trusted.write({"new_token": TOKEN, "new_aes_key": AES_KEY})
        answer = self.account.action_test()
        self.assertNotIn("wrong-secret", str(answer) + self.account.last_error)

    def test_companies_are_apart(self):
        """A manager elsewhere reads neither accounts, nor people, nor messages."""
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far_chat",
            "group_itsm_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self._switch_on()
        self._linked()
        self._write("Help")
        for name in ("itsm.chat.account", "itsm.chat.person", "itsm.chat.message"):
            records = self.env[name].search([])
            self.assertTrue(records)
            with self.subTest(name=name):
                self.assertFalse(self.env[name].with_user(far).search([]))
                with self.assertRaises(AccessError):
                    records.with_user(far).read(["display_name"])

    def test_keys_stay_with_their_server(self):
        """A stored secret goes to no other server than that for which it was typed."""
        admin = self._new_user("root_url", "group_itsm_manager")
        admin.group_ids |= self.env.ref("base.group_system")
        for url in (
            "http://qyapi.weixin.qq.com",
            "https://qyapi.weixin.qq.com/x?",
            "https://me@evil.example.com",
            "ftp://evil.example.com",
            "https://",
        ):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.account.with_user(admin).write({"server_url": url})
        evil = "https://evil.example.com"
        for attack in (
            lambda: self.account.write({"server_url": evil}),
            lambda: self.account.create({"name": "x", "server_url": evil}),
            lambda: self.account.with_context(default_server_url=evil).create(
                {"name": "x"}
            ),
        ):
            with self.assertRaises(AccessError):
                attack()
        self.account.invalidate_recordset()
        self.assertEqual(self.trusted.secret, SECRET)
        self.account.with_user(admin).write({"server_url": evil})
        self.assertFalse(
            self.trusted.secret or self.trusted.token or self.trusted.aes_key
        )
        with self.assertRaises(UserError):
            self.account.action_test()

    def test_what_is_missing_is_named(self):
        account = self.account.create({"name": "Empty"})
        with self.assertRaisesRegex(UserError, "Corp ID.*Agent ID"):
            account.action_test()
        self.assertIn("fa-times", account.checklist)
        account.new_aes_key = "short"
        missing = get_adapter(account.with_env(self.env).sudo()).get_missing()
        self.assertIn("Encoding AES Key", missing)

    def test_access_tokens_are_used_until_they_end(self):
        adapter = get_adapter(self.trusted)
        logins = self.fake.logins
        adapter.send("zhangsan", "One")
        adapter.send("zhangsan", "Two")
        self.assertEqual(self.fake.logins, logins + 1)
        server_write(self.trusted, {"access_token": "stale"})
        adapter.send("zhangsan", "Three")
        self.assertEqual(self.fake.texts[-1], ("zhangsan", "Three"))
        self.fake.answers.append({"errcode": 0, "invaliduser": "zhangsan"})
        with self.assertRaises(ChatError):
            adapter.send("zhangsan", "Four")

    def test_only_whole_callbacks_are_received(self):
        adapter = get_adapter(self.trusted)
        query, body = make_callback("Help")
        self.assertEqual(
            adapter.receive(query, body), Incoming("1", "zhangsan", "Help")
        )
        self.assertIsNone(adapter.receive(*make_callback("", kind="event")))
        self.assertEqual(adapter.receive(*make_callback("x", kind="image")).text, "")
        for query, body in (
            make_callback("x", token="other"),
            make_callback("x", at=time.time() - 600),
            make_callback("x", corp="ww2"),
            make_callback("x", agent="7"),
            make_callback("x", receiver="ww2"),
            make_callback("x", aes_key="a" * 43),
            seal("no xml"),
            (make_callback("x")[0], make_callback("y")[1]),
            ({}, make_callback("x")[1]),
            (make_callback("x")[0], b""),
        ):
            with self.subTest(query=query), self.assertRaises(Refused):
                adapter.receive(query, body)


@tagged("post_install", "-at_install")
class TestChatRoute(WeComCommon, HttpCase):
    """The address that WeCom calls, and the page on which people say who they are."""

    def _url(self, query):
        words = "&".join(f"{key}={value}" for key, value in query.items())
        return f"/service-desk/chat/{self.account.id}?{words}"

    def _post(self, query, body):
        return self.opener.post(
            self.base_url() + self._url(query),
            data=body,
            headers={"Content-Type": "text/xml"},
            timeout=30,
        )

    def test_the_address_is_verified(self):
        echo = wecom.encrypt(AES_KEY, "1616140317555161061", CORP)
        query = {**sign_query(echo), "echostr": echo.replace("+", "%2B")}
        answer = self.url_open(self._url(query))
        self.assertEqual(
            (answer.status_code, answer.text), (200, "1616140317555161061")
        )
        self.assertTrue(self.account.verified_at)
        with mute_logger("odoo.http"):
            wrong = self.url_open(self._url({**query, "nonce": "other"}))
        self.assertEqual(wrong.status_code, 403)

    def test_callbacks_are_taken_once(self):
        with mute_logger("odoo.http"):
            self.assertEqual(self._post(*make_callback("Off")).status_code, 404)
        self._switch_on()
        self._linked()
        callback = make_callback("Printer jams")
        for _time in range(2):
            answer = self._post(*callback)
            self.assertEqual((answer.status_code, answer.text), (200, "success"))
        tickets = self.env["itsm.ticket"].search([("subject", "=", "Printer jams")])
        self.assertEqual(len(tickets), 1)
        with mute_logger("odoo.http"):
            for query, body, status in (
                (*make_callback("x", token="other"), 403),
                (make_callback("x")[0], b"<xml", 403),
                (make_callback("x")[0], b"x" * 70000, 413),
            ):
                self.assertEqual(self._post(query, body).status_code, status)
            self.assertEqual(
                self.url_open("/service-desk/chat/999999").status_code, 404
            )

    def test_a_repeated_transaction_reads_the_message_again(self):
        """The server answers a request again where transactions collided."""
        self._switch_on()
        self._linked()
        take, calls = chat.take_message, []

        def collide(account, incoming):
            calls.append(incoming)
            if len(calls) == 1:
                raise ConcurrencyError
            return take(account, incoming)

        with (
            patch.object(chat, "take_message", collide),
            patch("odoo.service.model.time.sleep"),
            mute_logger("odoo.service.model"),
        ):
            answer = self._post(*make_callback("Printer jams"))
        self.assertEqual((answer.status_code, answer.text), (200, "success"))
        self.assertEqual(len(calls), 2)

    def test_people_say_who_they_are(self):
        self._switch_on()
        self._write("Printer jams", sender="lisi")
        person = self.env["itsm.chat.person"].search([("userid", "=", "lisi")])
        path = get_link(person.sudo()).split("/service-desk")[1]
        path = f"/service-desk{path}"
        self.authenticate(self.requester.login, self.requester.login)
        page = self.url_open(path)
        self.assertIn("lisi", page.text)
        self.assertFalse(person.partner_id, "looking at the page links nobody")
        self.assertEqual(self.url_open(f"{path}x").status_code, 404)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(path, data={"x": "1"}).status_code, 400)
        token = Request.csrf_token(self)
        self.url_open(path, data={"csrf_token": token})
        self.assertEqual(person.partner_id, self.requester.partner_id)
        ticket = self.env["itsm.ticket"].search([("subject", "=", "Printer jams")])
        self.assertEqual(ticket.partner_id, self.requester.partner_id)
        again = self.url_open(path, data={"csrf_token": token})
        self.assertIn("linked to somebody already", again.text)
        self.assertFalse(is_link(person, "1-x"))
        self.assertFalse(is_link(person, "\xe9"))
