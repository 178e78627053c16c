from email import message_from_bytes, policy

from odoo.tests import BaseCase, tagged

from ..tools import mail_auth, mail_charset, mail_kind, mail_words


@tagged("post_install", "-at_install")
class TestMailRules(BaseCase):
    """Rules about mails that need no database."""

    def _parse(self, head, body=b"Text\n"):
        message = message_from_bytes(head.encode() + b"\n\n" + body, policy=policy.SMTP)
        mail_charset.repair(message)
        return message

    def test_nothing_a_sender_writes_fails(self):
        """Damaged words, labels and bytes are read as far as they can be."""
        for raw in (
            b"Subject: =?gb2312?B?x?=\n\n",
            b"Subject: =?x?Q?=ZZ?= =?utf-8?b?////?=\n\n",
            b"From: =?=?=?= <a@b\n\n",
            b"Content-Type: text/plain; charset=\xff\xfe\n\n\xff\xfe",
            b"Content-Type: text/html; charset=base64\n\n<p>\xe9</p>",
            b"Content-Type: text/plain; charset=hex\n\n\xe9",
            b"Content-Type: ;;;\nContent-Transfer-Encoding: \xe9\n\n\xe9",
            b"Content-Type: multipart/mixed\n\n--\n\xe9",
            b"",
        ):
            with self.subTest(raw=raw):
                message = message_from_bytes(raw, policy=policy.SMTP)
                mail_charset.repair(message)
                self.assertNotIn("\x00", str(message.get("Subject")))
                self.assertIn(
                    mail_kind.classify(message), ("person", "alarm", "list", "bounce")
                )

    def test_charsets(self):
        for text, charset, label in (
            ("张喆", "gbk", "gb2312"),
            ("张喆", "gbk", "x-unknown"),
            ("张喆", "gbk", "utf-8"),
            ("𠮷", "gb18030", "gb2312"),
            ("啲嘅", "big5hkscs", "big5"),
            ("עברית", "iso-8859-8", "iso-8859-8-i"),
            ("Général élu", "cp1252", "unknown-8bit"),
            ("“x”", "cp1252", "iso-8859-1"),
            ("打印", "utf-8", ""),
        ):
            with self.subTest(text=text, label=label):
                self.assertEqual(mail_charset.decode(text.encode(charset), label), text)
        self.assertEqual(
            mail_charset.decode(b"\x1b$B-!\x1b(B\x1b(I6E\x1b(B", "iso-2022-jp"), "①ｶﾅ"
        )

    def test_kinds(self):
        for kind, head in (
            ("person", "From: a@b.example"),
            ("vacation", "Auto-Submitted: auto-replied (vacation)"),
            ("vacation", "Subject: Automatic reply: x"),
            ("vacation", "Subject: 自动回复：x"),
            ("person", "Subject: 自动回复不能用"),
            ("person", "Subject: Automatic reply does not work"),
            ("vacation", "X-Autoreply: yes"),
            ("person", "X-Autoreply: no"),
            ("person", "Auto-Submitted: no"),
            ("alarm", "Auto-Submitted: auto-generated"),
            ("alarm", "From: no-reply@b.example"),
            ("person", "From: no-reply@b.example\nReply-To: me@b.example"),
            ("alarm", "Return-Path: <>"),
            ("list", "List-Id: <x.b.example>"),
            ("alarm", "Precedence: bulk"),
            ("newsletter", "Precedence: bulk\nList-Unsubscribe: <x>"),
            ("bounce", "From: Mailer-Daemon@b.example"),
            ("bounce", "From: postmaster@b.example\nSubject: 系统退信"),
        ):
            with self.subTest(head=head):
                self.assertEqual(mail_kind.classify(self._parse(head)), kind)
        reply = self._parse("Return-Path: <>\nFrom: a@b.example")
        self.assertEqual(mail_kind.classify(reply, is_reply=True), "person")

    def test_authentication(self):
        sender = "a@b.example"
        for failed, headers in (
            (False, ["mx; dmarc=pass header.from=b.example"]),
            (True, ["mx; dmarc=fail header.from=b.example; spf=pass"]),
            (True, []),
            (True, ["other; dmarc=pass"]),
            (True, ["mx; dmarc=fail", "mx; dmarc=pass"]),
            (False, ["mx; spf=pass smtp.mailfrom=x@b.example"]),
            (True, ["mx; spf=pass smtp.mailfrom=x@evil.example"]),
            (False, ["mx; dkim=pass (ok) header.d=b.example"]),
            (True, ["mx; dkim=pass header.d=notb.example"]),
            (True, ["mx; none"]),
        ):
            with self.subTest(headers=headers):
                self.assertEqual(mail_auth.is_failed(headers, "mx", sender), failed)
                self.assertFalse(mail_auth.is_failed(headers, "", sender))

    def test_thanks(self):
        for text in (
            "Thank you, it works",
            "好了，谢谢",
            "Works now.\n> not so",
            "已解决",
        ):
            self.assertTrue(mail_words.is_thanks(text), text)
        for text in (
            "",
            "Thanks, but no",
            "Thank you. Still broken",
            "谢谢，还是不行",
            "It works only on Monday",
            "Thanks, what about the other one?",
            "Thanks " + "x" * 200,
        ):
            self.assertFalse(mail_words.is_thanks(text), text)

    def test_subjects(self):
        self.assertEqual(mail_words.clean_subject("Re: 回复：FW: Jam"), "Jam")
        self.assertEqual(mail_words.clean_subject("Again: Again: Jam"), "Jam")
        self.assertEqual(mail_words.find_numbers("[INC000123] x"), ["INC000123"])
