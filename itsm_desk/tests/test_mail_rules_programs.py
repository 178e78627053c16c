from email import message_from_bytes, policy

from odoo.tests import BaseCase, tagged

from ..tools import mail_charset, mail_kind, mail_words

ROBOTS = (
    ("no-reply", "noreply", "no.reply", "no_reply", "do-not-reply", "donotreply")
    + ("no-reply-aws", "aws-no-reply", "no-reply+tag", "noreply123", "donotreply-hr")
    + ("alerts.no.reply", "no-replies", "no-reply_system", "auto-reply", "autoreply")
    + ("NoReply", "noreply-service", "do_not_reply", "noresponse", "hr.noreply")
)
PEOPLE = (
    "reno.reply",
    "casino-reply",
    "reply",
    "nora.eply",
    "replyto",
    "auto.repair",
) + ("noreplyington", "connor.reply", "dono.treply", "reply-no", "automation")
AUTO_SUBJECTS = (
    # Answers that programs give to "Printer", as they were seen.
    "自动回复 Re: Printer",
    "自动回复：Re: INC000001: Printer",
    "Re: Printer 自动回复",
    "请假自动回复：Re: Printer",
    "出差自动回复：Printer",
    "节假日自动回复：Re: Printer",
    "邮件自动回复：Printer",
    "自动应答：Printer",
    "自動回覆: Printer",
    "休假中：Re: Printer",
    "休假: Re: Printer",
    "不在办公室：Re: Printer",
    "OOO - Re: Printer",
    "OOO: Printer",
    "Out-of-office: Printer",
    "Out of the office: Re: Printer",
    "Annual leave - Automatic reply: Printer",
    "Holiday auto-reply: Printer",
    "On vacation: Re: Printer",
    "Vacation: Re: Printer",
    "I am currently out of office Re: Printer",
    "Automatische Antwort: Printer",
    "Abwesenheitsnotiz: Printer",
    "Réponse automatique : Printer",
    "Automatic reply: INC000001: Printer",
    "Huang Mei auto-reply: Re: INC000001: Printer",
)
AUTO_ALONE = (
    # They decide without an answered mail.
    "Out-of-office: Printer",
    "请假自动回复：Re: Printer",
    "出差自动回复：Printer",
    "邮件自动回复：Printer",
    "自动应答：Printer",
    "Automatische Antwort: Printer",
)
ABOUT = (
    # (subject of the ticket, subject of an answer that a person wrote)
    ("自动回复 not working", "Re: 自动回复 not working"),
    ("自动回复 not working", "自动回复 not working"),
    ("自动回复 not working", "回复：INC000001: 自动回复 not working"),
    ("自动回复", "Re: 自动回复"),
    ("自动回复：设置", "回复: 自动回复：设置"),
    ("自动回复：设置", "自动回复：设置"),
    ("Outlook 设置自动回复", "Re: INC000001: Outlook 设置自动回复"),
    ("Automatic reply does not work", "Automatic reply does not work"),
    ("Automatic reply: how?", "Re: INC000001: Automatic reply: how?"),
    ("Out of office", "RE: Out of office"),
    ("Out of office: cannot be set", "Out of office: cannot be set"),
    ("OOO: cannot be set", "AW: OOO: cannot be set"),
    ("Vacation", "Re: Vacation"),
    ("Vacation: list of absences", "Re: Vacation: list of absences"),
    ("休假系统打不开", "答复: 休假系统打不开"),
    ("休假系统打不开", "休假系统打不开"),
    ("节假日自动回复没有开", "回复：节假日自动回复没有开"),
    ("Printer", "Re: Printer in the holiday house"),
    ("Printer", "Before my vacation - Re: Printer"),
    ("Printer", "Re: Printer, before my annual leave"),
    ("打印机", "休假前请处理 Re: 打印机"),
    # A new subject of few words, and common words before the old one.
    ("Printer", "Message"),
    ("Printer", "Today"),
    ("Printer", "Notification"),
    ("Printer", "Away"),
    ("Printer", "邮件"),
    ("Printer", "通知"),
    ("Printer", "回复"),
    ("Printer", "Holiday"),
    ("Printer", "Annual leave"),
    ("Printer", "年假"),
    ("Printer", "Message: Re: Printer"),
    ("Printer", "通知：Re: Printer"),
    # Somebody gave the ticket another subject since.
    ("Mail settings", "Re: 自动回复 not working"),
    ("Mail settings", "Re: Automatic reply: how?"),
)


@tagged("post_install", "-at_install")
class TestMailRulesPrograms(BaseCase):
    """Mails of programs, wrong labels, and what people write about both."""

    def _parse(self, head, body=b"Text\n"):
        raw = head if isinstance(head, bytes) else head.encode()
        message = message_from_bytes(raw + b"\n\n" + body, policy=policy.SMTP)
        mail_charset.repair(message)
        return message

    def test_senders_that_nobody_reads(self):
        for local in ROBOTS:
            message = self._parse(f"From: x <{local}@b.example>\nSubject: Report")
            self.assertEqual(mail_kind.classify(message), "alarm", local)
            self.assertEqual(mail_kind.classify(message, is_reply=True), "alarm", local)
            self.assertTrue(mail_kind.is_robot(f"{local}@b.example"), local)
        for local in PEOPLE:
            message = self._parse(f"From: x <{local}@b.example>\nSubject: Report")
            self.assertEqual(mail_kind.classify(message), "person", local)

    def test_vacation_by_the_subject(self):
        for subject in AUTO_SUBJECTS:
            message = self._parse(f"From: a@b.example\nSubject: {subject}")
            for asked in ((), ("Printer",), ("Printer", "INC000001: Printer")):
                if subject.endswith("Printer 自动回复") and not asked:
                    continue
                kind = mail_kind.classify(message, is_reply=True, asked=asked)
                self.assertEqual(kind, "vacation", (subject, asked))
        for subject in AUTO_ALONE:
            message = self._parse(f"From: a@b.example\nSubject: {subject}")
            self.assertEqual(mail_kind.classify(message), "vacation", subject)
        for subject in (
            "Leave message: call me",
            "放假通知：国庆",
            "Autoresponder: cannot be set",
            "On vacation: who helps?",
            "休假系统打不开",
            "OOO cannot be set",
        ):
            message = self._parse(f"From: a@b.example\nSubject: {subject}")
            self.assertEqual(mail_kind.classify(message), "person", subject)

    def test_people_write_about_automatic_replies(self):
        """Words that the ticket itself has make no mail automatic."""
        for asked, subject in ABOUT:
            message = self._parse(f"From: a@b.example\nSubject: {subject}")
            kind = mail_kind.classify(message, is_reply=True, asked=(asked,))
            self.assertEqual(kind, "person", subject)
        for asked, subject in (
            ("自动回复 not working", "自动回复: 自动回复 not working"),
            ("自动回复", "自动回复：Re: 自动回复"),
            (
                "Automatic reply: how?",
                "Automatic reply: INC000001: Automatic reply: how?",
            ),
            ("Vacation", "Vacation: Re: Vacation"),
        ):
            message = self._parse(f"From: a@b.example\nSubject: {subject}")
            kind = mail_kind.classify(message, is_reply=True, asked=(asked,))
            self.assertEqual(kind, "vacation", subject)

    def test_subjects_take_no_time(self):
        for part in (
            "休假中",
            "ooo ",
            "Re: ",
            "自动",
            "on ",
            "[ext] ",
            "A1/",
            "来自的自动",
        ):
            subject = part * 5000
            mail_kind.is_vacation(subject, is_reply=True, asked=("x",))
            mail_words.clean_subject(subject)
            mail_words.find_numbers(subject)

    def test_vacation_by_headers(self):
        for kind, head in (
            ("vacation", "X-Autogenerated: Reply"),
            ("person", "X-Autogenerated: Forward"),
            ("vacation", "X-POST-MessageClass: 9; Autoresponder"),
            ("person", "X-POST-MessageClass: 1; Message"),
            ("vacation", "X-Notes-AutoReply: Yes"),
            ("vacation", "X-Apple-Action: VACATION/x"),
            ("vacation", "Delivered-To: desk@b.example\nDelivered-To: Autoresponder"),
            ("person", "Delivered-To: autoresponder@b.example"),
        ):
            message = self._parse(f"From: a@b.example\n{head}\nSubject: Re: x")
            self.assertEqual(mail_kind.classify(message, is_reply=True), kind, head)
            self.assertEqual(mail_kind.classify(message), kind, head)

    def test_chinese_under_a_wrong_label(self):
        text = "您好，三楼的打印机卡纸了，请尽快处理。电话：010-8888"
        for label in ("iso-8859-1", "windows-1252", "latin1", "ISO-8859-15", "cp1252"):
            for words in (
                text,
                "打印机",
                "打印机卡纸",
                "王小明",
                "张三 laptop",
                "报销",
            ):
                got = mail_charset.decode(words.encode("gbk"), label)
                self.assertEqual(got, words, label)
                got = mail_charset.decode(words.encode("utf-8"), label)
                self.assertEqual(got, words, label)
            got = mail_charset.decode("Général à Évry".encode(), label)
            self.assertEqual(got, "Général à Évry", label)
        for label in ("gb2312", "gbk", "GB18030", "big5", "euc-kr", "shift_jis"):
            for words in (text, "打印机", "会议室 projector", "“VPN” 断了"):
                got = mail_charset.decode(words.encode("utf-8"), label)
                self.assertEqual(got, words, label)

    def test_right_labels_stay_right(self):
        for label, codec, texts in (
            (
                "iso-8859-1",
                "cp1252",
                (
                    "Général élu à Évry, où l’on dîne",
                    "Über Größe, Äpfel und Öl: äöüß ÄÖÜ",
                    "¿Él? ¿Ésa? ¿Última? ¿Índice? ¿Ámbar?",
                    "INFORMAÇÃO, AVALIAÇÃO, SITUAÇÕES, AÇÃO, OPÇÃO",
                    "«Ça va» – “oui” … 5° ±2 £10 ½",
                    "Smørrebrød, Åse, ÆØÅ, æøå",
                    "Þórður Ðð íslensku",
                    "»»»»»» 50 %",
                    "ÀÉÈÙ",
                    "éèàùéèàù",
                ),
            ),
            ("windows-1250", "cp1250", ("Příliš žluťoučký kůň", "ŽLUŤOUČKÝ KŮŇ")),
            ("gb2312", "gbk", ("你好", "履历", "联通", "张喆", "囍")),
            ("big5", "big5hkscs", ("無法登入", "啲嘅")),
            ("shift_jis", "cp932", ("印刷できません", "ﾌﾟﾘﾝﾀ")),
            ("euc-kr", "cp949", ("프린터", "가나다")),
            ("windows-1251", "cp1251", ("Привет", "Не печатает принтер")),
        ):
            for text in texts:
                got = mail_charset.decode(text.encode(codec), label)
                self.assertEqual(got, text, label)

    def test_files_under_a_wrong_label_keep_their_bytes(self):
        raw = "打印机卡纸".encode("gbk")
        for label in ("iso-8859-1", "windows-1252"):
            message = self._parse(
                f"Content-Type: text/csv; charset={label}; name=a.csv\n"
                "Content-Disposition: attachment; filename=a.csv",
                raw,
            )
            self.assertEqual(message.get_payload(decode=True), raw)
            message = self._parse(f"Content-Type: text/plain; charset={label}", raw)
            self.assertEqual(message.get_payload(decode=True).decode(), "打印机卡纸")

    def test_subjects_without_marks(self):
        for subject, clean in (
            ("【外部邮件】回复：打印机", "打印机"),
            ("[EXT] Re: Printer", "Printer"),
            ("[External] [EXT] RE: FW: Printer", "Printer"),
            ("***SPAM*** Re: Printer", "Printer"),
            ("(External Email) Printer", "Printer"),
            ("Re(2): Printer", "Printer"),
            ("Re[3]: Printer", "Printer"),
            ("Re^2: Printer", "Printer"),
            ("回复:[2] 打印机", "打印机"),
            ("转寄: 打印机", "打印机"),
            ("轉寄：打印機", "打印機"),
            ("自动转发：打印机", "打印机"),
            ("Antwort: Drucker", "Drucker"),
            ("RV: VS: Printer", "Printer"),
            ("R: Re: Printer", "Printer"),
            ("R: INC000123 Printer", "INC000123 Printer"),
            ("Again: 【外部邮件】回复：x", "x"),
            # What people write stays.
            ("R: is not there", "R: is not there"),
            ("I: and R: are gone", "I: and R: are gone"),
            ("[Urgent] Printer", "[Urgent] Printer"),
            ("【紧急】打印机", "【紧急】打印机"),
            ("External screen is black", "External screen is black"),
            ("自动回复打不开", "自动回复打不开"),
            ("Reply: button missing", "Reply: button missing"),
            ("Res", "Res"),
            ("", ""),
        ):
            self.assertEqual(mail_words.clean_subject(subject), clean, subject)

    def test_numbers_in_subjects(self):
        parts = " ".join(f"PT-{number}-X" for number in range(1000, 1012))
        for subject, number in (
            ("Re: INC000123-2026 printer", "INC000123"),
            ("FW/INC000123", "INC000123"),
            ("PC-INC000123", "INC000123"),
            ("re:inc000123", "INC000123"),
            (f"{parts} INC000123", "INC000123"),
            ("Re: INC/2026/00012: x", "INC/2026/00012"),
            ("FW/INC/2026/00012-a", "INC/2026/00012"),
            ("Re: INC-000123", "INC-000123"),
            ("打印机INC000123的问题", "INC000123"),
            ("[#INC000123]", "INC000123"),
            ("12/INC000123/2026-11-30", "INC000123"),
        ):
            self.assertIn(number, mail_words.find_numbers(subject), subject)
        self.assertEqual(mail_words.find_numbers("INC000123 INC000122")[0], "INC000123")
        self.assertFalse(mail_words.find_numbers("Room 12, 2026-11-30, 4711"))
        long = "/".join(f"A{number}" for number in range(10, 99)) * 50
        self.assertLessEqual(len(mail_words.find_numbers(long)), 200)
