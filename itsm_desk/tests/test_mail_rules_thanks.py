from functools import partial

from odoo.tests import BaseCase, tagged

from ..tools import mail_quote, mail_thanks

NAMES = (
    "IT Service Desk",
    "Qian Hao",
    "钱浩",
    "Finance",
    "财务部",
    "North Wind Ltd.",
    "北风有限公司",
)
AUTHORS = ("Huang Mei", "黄梅")
STILL = (
    "It works. Please install Excel",
    "Great, now nothing prints",
    "It worked for an hour",
    "The printer is printing again blank pages",
    "It prints again and again",
    "It seems to work only sometimes",
    "Thank you for your help with the printer it broke",
    "Thanks for nothing",
    "works like a dog",
    "Received nothing",
    "Yes",
    "谢谢好像还不行",
    "谢谢没好",
    "不好谢谢",
    "没用谢谢",
    "感谢处理但没好",
    "谢谢帮我看看电脑",
    "重启后还是不行",
    "重启后好了一会",
    "不能正常使用",
    "不满意",
    "处理太慢",
    "测试不通过",
    "试了不行",
    "还没收到谢谢",
    "网络断了谢谢",
    "好",
    "今天又好了",
    "时好时坏",
    "可以不用了",
)
GONE = (
    # What is gone or closed is a complaint, unless it is the trouble itself.
    "My mailbox is gone.",
    "Thanks, the file is gone",
    "the shared folder is gone",
    "My account is closed.",
    "the printer is gone again",
    "The calendar is gone. Thanks",
    "All is gone",
    "It is gone",
    "Everything is gone now, thanks",
    "邮件全部消失了",
    "我的文件夹消失了，谢谢",
    "文件夹没有再出现，谢谢",
    "邮件不再出现了",
    "Outlook is closed",
    "The ticket was closed.",
    "The ticket is closed. Thanks",
    "工单关闭了",
    "关闭了",
    "The file is done",
    "The folder has disappeared",
    "my request is gone",
    "It is back",
    "The printer is back",
    "Done",
    "先谢谢了",
    "Thank you 👎",
    "谢谢 😡",
    "Thanks :(",
)
OVER = (
    "The problem is gone.",
    "The error is gone now, thanks",
    "The issues have disappeared. Thank you",
    "Problem gone, thanks!",
    "Issue closed, thanks",
    "My request is done, thank you",
    "故障消失了，谢谢",
    "问题已经消失了",
    "报错提示都消失了，谢谢",
    "问题没有再出现，谢谢",
    "没再出现了",
    "故障得到解决，谢谢",
    "问题解决，谢谢",
    "可以关闭了",
    "可以关闭工单了，谢谢",
    "Done, thanks",
)
SHORT = (
    "👍",
    "👌",
    "好的👍",
    "thx works",
    "thanks works fine now",
    "ok 可以了",
    "OK可以了",
    "vpn 好了",
    "Outlook 可以用了 谢谢",
    "Thank you for solving this so quickly",
    "Thanks for fixing my printer!",
    "the printer is printing again",
    "The scanner scans again, thanks",
    "I confirm it is solved",
    "I can confirm that the problem is solved. Thank you!",
    "Just wanted to say thank you",
    "Confirmed, works",
    "I tested it, it works",
    "After the restart it works. Thanks",
    "Yes it works thanks",
    "Back to normal, thanks",
    "确认可以了",
    "打印机正常，谢谢",
    "問題已經解決了，謝謝",
    "[强]",
    "好了[玫瑰]",
    "Hi Qian Hao thanks it works",
    "Thank you for your help with the printer",
    "Thanks for the quick fix of the problem",
    "It seems to work now",
    "works like a charm, thanks",
    "好了谢谢",
    "可以了谢谢您",
    "谢谢可以了",
    "重启后好了",
    "It is working now.\n\nThanks and best regards\nHuang Mei",
    "好了",
    "我试了一下，可以",
    "邮件能收到了",
    "已经可以正常登录，感谢",
    "测试通过，谢谢",
)
SIGNATURES = (
    "Huang Mei\nFinance Department\nNorth Wind Ltd.\n12 Station Road, Hong Kong\n"
    "Tel: +852 2345 6789 | Mobile: +852 9876 5432",
    "Accountant",
    "Best regards,\nMay",
    "Best regards\n\nMei Huang\nSenior Accountant, Accounts Payable\nNorth Wind "
    "(Hong Kong) Trading Co., Ltd.\nSuite 1203, 12/F, Harbour Tower, 8 Queen's Road "
    "Central, Hong Kong\nT: +852 2345 6789  F: +852 2345 6780\nE: mei@north.example\n"
    "www.north.example",
    "Huang Mei\nHead of Finance & Administration",
    "Huang Mei | Finance | North Wind Ltd. | +49 30 123456-78",
    "Kind regards,\nHuang Mei\nLeiterin Buchhaltung\nNordwind GmbH\nHauptstraße 12\n"
    "10115 Berlin",
    "Huang Mei\nhttps://north.example/contact?from=mail",
    "Huang Mei\nNo. 12 Station Road, Pudong District, Shanghai, P.R. China",
    "Huang Mei\nIT Department",
    "Huang Mei\n\nThis e-mail and any attachments are confidential and intended solely "
    "for the addressee. If you are not the intended recipient, please notify the sender"
    " "
    "and delete this message. Any disclosure, copying or distribution is prohibited and"
    " "
    "may be unlawful. North Wind Ltd. is registered in Hong Kong.",
    "CONFIDENTIALITY NOTICE: The contents of this message are privileged.",
    "Huang Mei\nDisclaimer:\nThis e-mail and its attachments are confidential and "
    "intended\nsolely for the addressee. If you are not the intended recipient, "
    "please\nnotify the sender and delete it.\nAny disclosure, copying or distribution "
    "is prohibited\nand may be unlawful.\nNorth Wind Ltd.",
    "Huang Mei\n保密声明：\n本邮件仅供收件人使用。\n禁止未经授权的披露、复制和传播，"
    "如误收请删除本邮件。",
    "The information contained in this message is confidential. Is it not for you? "
    "Delete it.",
    "Please consider the environment before printing this e-mail.",
    "黄梅\n财务部 会计\n北风有限公司\n地址：北京市朝阳区建国路88号\n电话：010-88886666-"
    "123\n"
    "手机：13800138000（微信同号）",
    "地址：北京市朝阳区建国路88号SOHO现代城A座1203室",
    "黄梅\n北京市海淀区中关村大街1号",
    "祝好\n小黄",
    "黄梅\n信用卡中心",
    "黄梅\n上海浦东发展银行股份有限公司北京分行 | 运营管理部",
    "黄梅\n本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。禁止任何"
    "其他人"
    "以任何形式使用本邮件中的信息。如果您错收了本邮件，请您立即电话或邮件通知发件人并"
    "删除本邮件！",
    "保密声明：本邮件仅供收件人使用，如误收请删除。",
    "黄梅\n请考虑环境，非必要时不打印此邮件",
    "此致\n敬礼\n黄梅\n2026年11月30日",
    "微信：may_huang88",
    "Best regards / 此致敬礼\nHuang Mei 黄梅",
    "Virus-free. www.avast.com",
    "---\n黄梅 | 财务部\n北风有限公司\n邮编：200120",
    "黄梅 Mei Huang\n会计\nAccountant",
    "Huang Mei\nNordwind GmbH\nGeschäftsführer: Jan Berg\nAmtsgericht: Berlin HRB 1234",
    "Huang Mei\nDiese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der "
    "richtige Empfänger sind, löschen Sie sie.",
)
BANNERS = (
    "CAUTION: This email originated from outside of the organization. Do not click "
    "links or open attachments unless you recognize the sender.",
    "You don't often get email from li.na@customer.example.org. Learn why this is "
    "important",
    "【外部邮件】此邮件来自公司外部，请谨慎点击链接。",
)
ALONE = (
    # What could stand in a signature, where nothing else says that it is one.
    "Monday",
    "Berlin",
    "Huang Mei\nAdobe Reader",
    "黄梅\n显示器",
    "电话线路2号楼",
    "二号楼三层",
)
BELOW = (
    # News that stands below thanks, and below a name or a closing formula.
    "PS: the scanner is broken",
    "Huang Mei\nPS: the scanner is broken",
    "Huang Mei\nScanner dead",
    "Huang Mei\nThe Scanner Is Dead",
    "Huang Mei\nSCANNER KAPUTT",
    "Huang Mei\nTHE NEW PHONE RINGS ALL DAY",
    "Huang Mei\nNew laptop",
    "Best regards,\nHuang Mei\nAnd one more thing",
    "Best regards,\nHuang Mei\nPlease order toner",
    "Best regards,\nstill broken",
    "Accountant needs a new mouse",
    "The accountant cannot log in",
    "Mail broken",
    "E-mail dead",
    "WeChat: broken",
    "Printer Floor 3",
    "12 Station Road has no network",
    "This message comes up: error 5",
    "This e-mail never arrived",
    # Words without a verb, and what somebody shall do for others.
    "Toner",
    "Huang Mei\nToner",
    "Huang Mei\nNew Toner For HP LaserJet",
    "Huang Mei\nRoom 5 Too Cold",
    "Huang Mei\nOne Question",
    "Huang Mei\nTicket Open",
    "Best regards\nMei\nStill waiting for Excel",
    "Huang Mei\nWord Crashes",
    "Huang Mei\nVPN",
    "Huang Mei\nRoom 512 projector",
    "Meeting Room 5, Floor 3",
    "黄梅\n会议室",
    "黄梅\n耳机坏",
    "黄梅\n三楼会议室",
    "会议室还有一台",
    "黄梅\n打印店",
    "请联系财务部",
    "请到财务部",
    "联系财务部",
    "找李经理",
    "李经理也要一台",
    "让王经理处理",
    "另一台也修一下",
    "还要装软件",
    "加装Office",
    "还需一台耳机",
    "Send a Technician",
    "One More Computer For The Accountant",
    "Order a New Laptop for the Manager",
    "Add Li Na to Finance",
    "Add the New Accountant",
    "New Account for Accountant Li Na",
    "Finance Department Offline",
    "Finance Printer",
    "Finance Printer Offline",
    "也给王经理装",
    "给李会计",
    "改成采购部",
    "转给采购部",
    "下次找行政",
    "去三楼302室",
    "明天来二楼205室",
    "换到二楼205室",
    # Where the name stands.
    "Best regards\nThird Time",
    "Mei Huang\nTwo Users Affected\nTel: 12345678",
    "Mei Huang\nDirector\nPower Surge Room 5",
    # A program put the warning above what was typed.
    "Disclaimer:\nThe scanner fails again",
    "Confidentiality notice: this mail\nBTW the printer fails again",
    "This e-mail is confidential\nand the printer jams",
    "This e-mail is confidential.\nThe door is open",
    "本邮件含有保密信息，仅供收件人使用。\n打印机又卡纸",
    "本邮件含有保密信息，仅供收件人使用。\n三楼没有网络",
    # Nearly the warning of a company.
    "Important: the scanner is broken",
    "Important notice: the scanner is broken",
    "Important: e-mail is down",
    "Legal: the printer is dead",
    "Notice: the message comes up again",
    "This message about a virus came up again",
    "The mail to the recipient Li bounced again",
    "The content of the e-mail is empty",
    "The e-mail is confidential and cannot be opened",
    "This message is confidential, and my colleague sees it",
    "Do not print this again",
    "邮件有病毒",
    "邮件收件人显示不对",
    "此邮件收件人错了",
    "本邮件系统可能有机密文件打不开",
    "重要提示：打印机又坏了",
    "保护环境不错，打印机没纸了，又卡纸",
    "黄梅\n扫描仪又坏了",
    "黄梅\n蓝屏",
    "祝好\n死机",
    "地址：三楼打印机坏了",
    "地址簿打不开",
    "财务部的打印机卡纸",
    "财务部都上不了网",
    "三号楼打印机",
    "黄梅\n会计软件报错",
    "黄梅\n请再帮忙看一下会议室",
    "经理的电脑慢了",
    "微信：坏了",
    "手机没有信号",
    "邮件收不到",
    "本邮件打不开",
)


@tagged("post_install", "-at_install")
class TestMailRulesThanks(BaseCase):
    """What is thanks with a signature, and what is a word that must be heard."""

    def _is_thanks(self, text):
        return mail_thanks.is_thanks(text, NAMES, AUTHORS)

    def test_what_is_gone_is_a_complaint(self):
        for text in GONE:
            self.assertFalse(self._is_thanks(text), text)
        for text in OVER:
            self.assertTrue(self._is_thanks(text), text)

    def test_short_thanks(self):
        for text in SHORT:
            self.assertTrue(self._is_thanks(text), text)
        for text in STILL:
            self.assertFalse(self._is_thanks(text), text)

    def test_signatures_below_the_thanks(self):
        for thanks in ("Thank you, it works.", "谢谢，可以了。"):
            for text in SIGNATURES:
                text = f"{thanks}\n{text}"
                self.assertTrue(self._is_thanks(text), text)

    def test_banners_above_the_thanks(self):
        for banner in BANNERS:
            self.assertTrue(self._is_thanks(f"{banner}\nThank you, it works."), banner)
            self.assertFalse(self._is_thanks(f"{banner}\nThe printer jams."), banner)
        for text in (
            "This email is from outside",
            "此邮件收不到",
            "This message originated from the scanner",
        ):
            self.assertFalse(self._is_thanks(f"{text}\nThanks, it works."), text)

    def test_signatures_below_nothing(self):
        """A signature says nothing, and below a complaint it hides nothing."""
        for text in SIGNATURES:
            for news in (
                "",
                "Hello",
                "The printer jams.",
                "打印机卡纸了",
                "谢谢，还是不行",
            ):
                self.assertFalse(self._is_thanks(f"{news}\n{text}"), text)

    def test_news_below_the_thanks(self):
        for thanks in ("Thank you, it works.", "谢谢，可以了。"):
            for text in (*BELOW, *ALONE):
                text = f"{thanks}\n{text}"
                self.assertFalse(self._is_thanks(text), text)
            for text in BELOW:
                text = f"{thanks}\n{SIGNATURES[0]}\n{text}"
                self.assertFalse(self._is_thanks(text), text)

    def test_pictures_of_a_signature(self):
        """A logo stands in or below the signature, a screenshot above it."""
        logo = '<img src="/web/image/1?x=logo">'
        for body, found in (
            (f"<p>Thanks<br>{logo}</p>", 0),
            (f"<p>Thanks</p>{logo}<p>Huang Mei</p>", 0),
            (f"<p>Thanks</p><p>Huang Mei<br>{logo}</p>", 1),
            (f"<p>Thanks</p><p>Best regards,</p><div>{logo}</div>", 1),
            (f"Thanks<table><tr><td>{logo}</td><td>Huang Mei</td></tr></table>", 1),
            (f"<p>Huang Mei asks</p>{logo}", 0),
            (f"<p>Thanks</p><p>黄梅</p><p>财务部</p>{logo}", 1),
            ("", 0),
        ):
            logos = mail_quote.find_logos(
                body, partial(mail_thanks.is_end, authors=AUTHORS)
            )
            self.assertEqual(len(logos), found, body)

    def test_footers_take_no_time(self):
        for text in (
            "楼" * 300,
            "A " * 20000,
            "Tel " * 20000,
            "thanks ok " * 30,
            "1 2/" * 20000,
            "this e-mail " * 20000,
            "ok\n" * 20000,
            "!" * 500000,
            "x " * 300000,
            "\n" * 500000,
            "Berlin\n" * 20000,
        ):
            self._is_thanks(f"Thanks, it works.\n{text}")
            self._is_thanks(text)
