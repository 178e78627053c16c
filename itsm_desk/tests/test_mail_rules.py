from email import message_from_bytes, message_from_string, policy

from odoo.tests import BaseCase, tagged

from ..models.mail import mail_content
from ..tools import (
    mail_auth,
    mail_charset,
    mail_kind,
    mail_quote,
    mail_thanks,
    mail_words,
)
from ..tools.mail_head import read_addresses

NAMES = ("Huang Mei", "Qian Hao", "IT Service Desk", "Finance", "黄梅", "钱浩")
THANKS = (
    "Thank you, it works",
    "好了，谢谢",
    "Works now.",
    "已解决",
    "Thank you, it works!",
    "Thanks!",
    "Thank you very much for your quick help. Everything works perfectly now.",
    "Hi Qian Hao,\n\nThanks a lot, the printer works again.\n\n"
    "Best regards,\nHuang Mei\nFinance\nTel. 6021",
    "谢谢，可以了。",
    "非常感谢，问题已经解决了！",
    "您好，打印机已经可以正常使用了，谢谢您的帮助！\n\n黄梅",
    "钱工，辛苦了，能用了",
    "Great, thanks",
    "It's fixed, thanks!",
    "The problem is solved. Thank you.",
    "I can print again, thanks",
    "Thanks, you can close the ticket.",
    "好的，谢谢！",
    "已恢复正常，感谢",
    "没问题了，谢谢",
    "搞定了，多谢",
    "VPN is working now. Thanks",
    "Perfect, thank you so much!",
    "No more problems, thanks",
    "thx, all good",
    "现在电脑可以打开了，谢谢",
    "谢谢钱工，电脑好了",
    "Thank you",
    "OK",
    "It works now, thank you Qian Hao 😊",
    "Thank you, it works fine.",
    "谢谢你，打印机好了",
    "Thanks, problem solved.",
)
NEWS = (
    "",
    "The printer jams when I print.\n\nThanks,\nHuang Mei",
    "The screen is black.\nThanks",
    "Thanks for the quick reply. VPN drops every five minutes.",
    "Thanks. Same problem today.",
    "I am working from home and the VPN drops",
    "The fixed asset tool crashes",
    "打印机卡纸了，谢谢！",
    "谢谢，电脑打不开了",
    "同样的问题出现了，谢谢",
    "已解决的问题今天出现",
    "Thanks, but no",
    "Thank you. Still broken",
    "谢谢，还是不行",
    "It works only on Monday",
    "Thanks, what about the other one?",
    "Thank you for your message. I will answer soon.",
    "感谢您的来信，我会尽快回复",
    "The problem is back, thanks",
    "Nothing works now",
    "None of it works",
    "The printer hardly works",
    "Thanks\nStill broken",
    "谢谢\n又坏了",
    "谢谢\n打印机坏",
    "No printer works",
    "Hi",
    "您好",
    "OK thanks, please also install Excel",
    "好了一会儿又不行了，谢谢",
    "可以了吗",
    "Works, not.",
    "Thank you in advance",
    "先谢谢了，电脑蓝屏了",
    "问题没解决，谢谢",
    "不能用了，谢谢",
    "没有好，谢谢",
    "Thanks for fixing it, it broke again",
    "谢谢，问题又出现了",
    "It worked yesterday",
    "能不能用了",
    "麻烦处理好了通知我",
    "The error is working again",
    "Never fixed",
    "谢谢 邮件收不到",
    "网络断了，谢谢",
    "it works no more",
    "网络好慢，谢谢",
    "It was solved yesterday. Thanks",
)

AUTHENTICATED = (
    # DMARC is about the domain in From, whether or not the server repeats it.
    (False, ["mx; dmarc=pass"]),
    (False, ["mx; dmarc = pass (p=none dis=none)"]),
    (True, ["mx; dmarc=fail"]),
    (True, ["mx; dmarc=pass header.from=example"]),
    (True, ["mx; dmarc=pass header.from=a.b.example"]),
    (True, ["mx; dmarc=passed header.from=b.example"]),
    (False, ["mx; DMARC=Pass Header.From=B.Example."]),
    (False, ['mx; dmarc=pass header.from="b.example"']),
    (False, ["mx 1; dmarc/1=pass header.from=b.example"]),
    (False, ['"mx" (ours); dmarc=pass header.from=b.example']),
    (False, ["mx;dmarc=pass header.from=b.example;spf=fail smtp.mailfrom=x.example"]),
    # Several results: one that fails, or that is about somebody else, proves nothing.
    (True, ["mx; dmarc=fail; dmarc=pass header.from=b.example"]),
    (True, ["mx; dmarc=pass header.from=b.example; dmarc=fail"]),
    (False, ["mx; dkim=fail header.d=b.example; dkim=pass header.d=b.example"]),
    (False, ["mx; dkim=pass header.d=x.example; dkim=pass header.d=b.example"]),
    (True, ["mx; dkim=pass header.d=x.example; dkim=fail header.d=b.example"]),
    (True, ["mx; dkim=pass; header.d=b.example"]),
    (True, ["mx; spf=softfail smtp.mailfrom=b.example"]),
    (True, ["mx; spf=pass smtp.helo=b.example"]),
    (True, ["mx; spf=pass smtp.mailfrom=b.example@evil.example"]),
    (True, ["mx; arc=pass; iprev=pass policy.iprev=b.example"]),
    # Where DMARC has no rule, signature and path of the same domain count.
    (
        False,
        ["mx; dmarc=bestguesspass; dkim=pass header.i=@b.example"],
    ),
    (True, ["mx; dmarc=none header.from=b.example; dkim=pass header.d=x.example"]),
    (False, ["mx; dmarc=temperror; spf=pass smtp.mailfrom=<x@b.example>"]),
    # What a sender can write into comments and quotes is no result.
    (True, ["mx; spf=fail (helo; dmarc=pass header.from=b.example (x)) smtp.helo=x"]),
    (True, ["mx; spf=fail (a \\) ; dmarc=pass header.from=b.example) smtp.helo=x"]),
    (True, ['mx; spf=fail reason="; dmarc=pass header.from=b.example"']),
    (True, ['mx; spf=fail smtp.mailfrom="x; dmarc=pass header.from=b.example"@y']),
    (True, ['mx; dkim=fail reason="a \\"; dmarc=pass header.from=b.example; "']),
    (True, ['mx; spf=pass smtp.mailfrom="x smtp.mailfrom=b.example"@y.example']),
    (True, ["mx; dmarc=fail (dmarc=pass header.from=b.example"]),
    (True, ['mx; dmarc=fail "; dmarc=pass header.from=b.example']),
    (False, ["mx; spf=pass (sender; is (10.2.0.9)) smtp.mailfrom=x@b.example"]),
    # The topmost of our server, wherever it stands among those of others.
    (False, ["other; dmarc=fail", "mx; dmarc=pass header.from=b.example"]),
    (True, ["mx; none", "mx; dmarc=pass header.from=b.example"]),
    (True, ["mx2; dmarc=pass", "a (mx); dmarc=pass", "; dmarc=pass", ""]),
    (True, ["mx.evil.example; dmarc=pass header.from=b.example"]),
)
"""``(failed, headers)`` of a mail that came from b.example to the server mx."""


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

    def test_a_name_is_no_address(self):
        """Whatever a sender is called, the mail is of the address that was checked."""
        mine, other = "mei@north.example", "bob@else.example"
        for head, found in (
            (f"{mine} <{other}>", [other]),
            (f'"{mine}" <{other}>', [other]),
            (f"=?utf-8?Q?mei=40north.example?= <{other}>", [other]),
            (f"=?utf-8?Q?mei=40north.example=2C?= <{other}>", [other]),
            (f"=?utf-8?Q?=3Cmei=40north.example=3E?= <{other}>", [other]),
            (f"Mei =?utf-8?Q?mei=40north?= .example <{other}>", [other]),
            (f"{mine} <{mine}>", [mine]),
            (f'"Huang, Mei" <{mine}>', [mine]),
            (f"=?utf-8?Q?Huang=2C_Mei?= <{mine}>", [mine]),
            (f"{mine}, Bob <{other}>", [mine, other]),
            (f"<{mine}> <{other}>", [mine, other]),
            (f"Mei <{mine}>, Bob <{other}>", [mine, other]),
            ("=?utf-8?B?TWVpIDxtZWlAbm9ydGguZXhhbXBsZT4=?=", [mine]),
        ):
            with self.subTest(head=head):
                message = self._parse(f"From: {head}")
                self.assertEqual([*read_addresses(message, "From")], found)
        for head in ("a@" * 50_000, "<a@" * 50_000, "a@ <a@b> " * 20_000):
            self._parse(f"From: {head}")

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
        for kind, alone, head in (
            # What people write about an office, a door or a program.
            ("vacation", "person", "Subject: Out of office until Monday"),
            ("vacation", "person", "Subject: Auto: door"),
            ("vacation", "person", "Subject: Automatic: restart of my PC"),
            ("vacation", "person", "Subject: Vacation notice cannot be set"),
            ("vacation", "person", "Subject: Outlook: 无法设置（自动回复）"),
            ("vacation", "person", "Subject: Autoreply foo"),
            ("person", "person", "Subject: Re: Out of office cannot be set"),
            ("vacation", "vacation", "Subject: Out of Office: Printer"),
            ("bounce", "person", "Subject: Undeliverable: hi"),
            ("person", "person", "Subject: Re: Mail to Li is undeliverable"),
            ("receipt", "person", "Subject: 已读: Printer"),
            ("receipt", "person", "Subject: Read: Printer"),
            ("receipt", "receipt", "Content-Type: text/calendar; method=REPLY"),
            ("person", "person", "Content-Type: text/calendar; method=REQUEST"),
            ("list", "alarm", "Precedence: bulk\nList-Id: <x.b.example>"),
            ("list", "list", "Precedence: bulk\nList-Id: <x>\nIn-Reply-To: <y>"),
            ("alarm", "alarm", "Precedence: junk\nList-Id: <x>\nIn-Reply-To: <y>"),
        ):
            with self.subTest(head=head):
                message = self._parse(head)
                self.assertEqual(mail_kind.classify(message, is_reply=True), kind)
                self.assertEqual(mail_kind.classify(message), alone)
        for alone, head in (
            (True, "Subject: Out of Office: Printer"),
            (True, "Subject: 自动回复：x"),
            (True, "Subject: Automatyczna odpowiedź: x"),
            (True, "Subject: Otomatik yanıt: x"),
            (False, "Subject: Automatic reply: x\nAuto-Submitted: auto-replied"),
            (False, "Subject: Printer"),
            (False, "From: Mailer-Daemon@b.example\nSubject: Undeliverable: x"),
        ):
            with self.subTest(head=head):
                message = self._parse(head)
                self.assertEqual(mail_kind.judge(message)[1], alone)
        reply = self._parse("Return-Path: <>\nFrom: a@b.example")
        self.assertEqual(mail_kind.classify(reply, is_reply=True), "person")

    def test_authentication(self):
        sender = "a@b.example"
        for failed, headers in (
            (False, ["mx; dmarc=pass header.from=b.example"]),
            (True, ["mx; dmarc=fail header.from=b.example; spf=pass"]),
            (True, ["mx; dmarc=pass header.from=evil.example"]),
            (True, []),
            (True, ["other; dmarc=pass"]),
            (True, ["mx; dmarc=fail", "mx; dmarc=pass"]),
            (False, ["mx; spf=pass smtp.mailfrom=x@b.example"]),
            (True, ["mx; spf=pass smtp.mailfrom=x@evil.example"]),
            (False, ["mx; dkim=pass (ok) header.d=b.example"]),
            (True, ["mx; dkim=pass header.d=notb.example"]),
            (True, ["mx; none"]),
            *AUTHENTICATED,
        ):
            with self.subTest(headers=headers):
                self.assertEqual(mail_auth.is_failed(headers, "mx", sender), failed)
                self.assertFalse(mail_auth.is_failed(headers, "", sender))

    def test_thanks(self):
        """Each clause must say that all is well; a word found somewhere does not."""
        for text in THANKS:
            self.assertTrue(mail_thanks.is_thanks(text, NAMES), text)
        for text in NEWS:
            self.assertFalse(mail_thanks.is_thanks(text, NAMES), text)
        self.assertFalse(mail_thanks.is_thanks("Thanks. " * 40))

    def test_thanks_takes_no_time(self):
        """No text, however made, keeps the gateway busy."""
        for text in (
            "刚" * 300,
            "的了" * 150,
            "我的" * 150,
            "thanks for all the " * 15,
        ):
            mail_thanks.is_thanks(text)

    def test_own_words(self):
        team = "IT Service Desk (Company Ltd) <it-desk@company.example.com>"
        for text, own in (
            (f"Yes\n\nOn Fri, Nov 27, 2026 at 8:01 AM {team} wrote:\nNo", "Yes"),
            (f"是。在 2026-11-27 08:01:00，{team} 写道：\n否", "是。"),
            (f"是\n{team}\n于2026年11月27日周五 08:01写道：\n> 否", "是"),
            (f"Yes. From: {team} Sent: Friday To: me", "Yes."),
            (f"Yes\n*From:* {team}\n*Sent:* Friday\nNo", "Yes"),
            ("是\n------------------ 原始邮件 ------------------\n否", "是"),
            ("是\n发件人： x\n发送时间： y\n否", "是"),
            ("Yes\nGet Outlook for iOS", "Yes"),
            ("是\n发送自 Windows 10 版邮件应用", "是"),
            ("是\n发自 iPhone", "是"),
            ("是\n从 Outlook for Android 发送", "是"),
            ("是\n来自企业微信", "是"),
            ("> No\nYes\n> No\nAnd so", "Yes\nAnd so"),
            ("On 11/27/26 08:01, x wrote:\n> No\nYes", "Yes"),
            # What people write about such words stays.
            ("The fields From: and To: are empty", None),
            ("From: where I sit the printer is dead", None),
            ("On Monday my boss wrote: it is slow", None),
            ("我在 2026-11-27 08:01 重启了电脑，好了。", None),
            ("从昨天开始打不开", None),
            ("来自客户的邮件收不到", None),
            ("来自 Outlook 的邮件收不到", None),
            ("发自 iPhone 的图片打不开", None),
            ("从 Windows 发送就报错", None),
            ("Sent from home, never arrived", None),
        ):
            self.assertEqual(mail_quote.cut_quotes(text), own or text)

    def test_own_words_of_blocks(self):
        """Blocks that stand side by side in HTML are lines."""
        body = "<div>Yes</div><div><b>From:</b> a@b</div><div><b>Sent:</b> x</div>No"
        self.assertEqual(mail_quote.read_own_words(body), "Yes")
        self.assertEqual(mail_quote.read_own_words("<pre>a\n  b</pre>"), "a\nb")
        self.assertEqual(mail_quote.read_own_words("<p>a\nb</p>"), "a b")
        for nothing in ("", None, False, "<!-- x -->", "<div><br></div>"):
            self.assertEqual(mail_quote.read_own_words(nothing), "")

    def test_quotes_take_no_time(self):
        for text in ("On 1:11 ", "2026-11-27 ", "From: x\n", "写道：", "1 写道："):
            mail_quote.cut_quotes(text * 20000 + "wrote:")

    def test_marks_and_cut_lines_take_no_time(self):
        """What a stranger sends keeps nobody waiting: each of them took seconds."""
        for kind, text in (
            ("text/enriched", "<param>" * 14_000),
            ('text/plain; format="flowed"', "x \n" * 400_000),
        ):
            mail = f"Content-Type: {kind}\nMIME-Version: 1.0\n\n{text}"
            message = message_from_string(mail, policy=policy.SMTP)
            with self.subTest(kind):
                mail_content.prepare(message)

    def test_subjects(self):
        self.assertEqual(mail_words.clean_subject("Re: 回复：FW: Jam"), "Jam")
        self.assertEqual(mail_words.clean_subject("Again: Again: Jam"), "Jam")
        self.assertEqual(mail_words.find_numbers("[INC000123] x"), ["INC000123"])
        self.assertIn("INC000123", mail_words.find_numbers("Re: inc000123"))
