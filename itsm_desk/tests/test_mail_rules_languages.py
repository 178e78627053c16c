import textwrap

from odoo.tests import BaseCase, tagged

from ..tools import mail_quote, mail_thanks
from .test_mail_rules_thanks import AUTHORS, BELOW, NAMES

WELL = (
    "Danke, es funktioniert.",
    "Vielen Dank, funktioniert wieder.",
    "Danke, alles klar.",
    "Besten Dank für die schnelle Hilfe!",
    "Super, danke! Läuft.",
    "Vielen Dank, der Drucker funktioniert jetzt wieder.",
    "Herzlichen Dank, das Problem ist gelöst.",
    "Danke, passt.",
    "Hallo, es geht wieder. Danke!",
    "Dankeschön",
    "Perfekt, vielen lieben Dank",
    "Guten Tag, alles bestens, danke. Viele Grüße",
    "Merci, ça marche.",
    "Merci beaucoup !",
    "Merci pour votre aide, tout fonctionne.",
    "Bonjour, c'est bon, merci. Cordialement",
    "Merci, le problème est résolu.",
    "Un grand merci, ça fonctionne maintenant",
    "Parfait, merci",
    "Gracias, funciona.",
    "Muchas gracias, ya funciona.",
    "Muchas gracias por su ayuda.",
    "Perfecto, gracias",
    "Gracias, problema resuelto. Saludos",
    "Hola, todo bien, gracias.",
    "Mil gracias",
    "Ya está solucionado, gracias",
    "ありがとうございます。",
    "ありがとうございました。解決しました。",
    "お世話になっております。直りました。ありがとうございました。",
    "問題なく動作しています。ありがとうございます。",
    "プリンターが使えるようになりました。ありがとうございました。",
    "対応ありがとうございました。",
    "了解しました。ありがとうございます。",
    "助かりました。ありがとうございます。",
    "謝謝，已經可以了",
    "感謝您的協助，問題已解決",
    "謝謝，印表機可以列印了",
    "已經恢復正常，謝謝！",
    "謝謝您，網路正常了",
    "多謝，搞掂",
    "唔該晒",
    "辛苦了，已經可以登入",
    "感謝，螢幕沒問題了",
    "請忽略上一封郵件，已經好了",
    "Please ignore my last mail, it works now.",
    "Please ignore my previous message.",
    "Please disregard my last email. All good.",
    "请忽略上一封邮件，已经好了",
    "请忽略",
    "Bitte ignorieren Sie meine letzte Mail, es geht wieder.",
    "Obrigado, funciona.",
    "Grazie mille, funziona.",
    "Grazie, risolto.",
)
"""All is well, in other languages."""
UNWELL = (
    "Danke, aber es geht nicht.",
    "Danke für nichts",
    "Der Drucker funktioniert nicht",
    "Merci mais ça ne marche pas",
    "Merci, ça marchait hier",
    "Gracias pero no funciona",
    "No funciona, gracias",
    "ありがとうございますが、まだ動きません",
    "まだ直りません",
    "謝謝，但還是不行",
    "謝謝，沒好",
    "Please ignore the error",
    "Please ignore the first printer, the second is broken",
    "请忽略打印机",
    "Vielen Dank im Voraus",
    "Danke im Voraus",
    "Merci d'avance",
    "Gracias de antemano",
    "よろしくお願いします",
    "Merci de réparer",
    "Danke, bitte noch Excel installieren",
    "Es geht",
    "Läuft nicht",
    "geht immer noch nicht, danke",
    "Merci de me rappeler",
    "Bonjour",
    "Hola",
    "Ça marche moins bien",
    "Ya no funciona",
    "Está resuelto a medias",
    "El programa va",
    "Tudo parado",
    "動きましたが、また止まりました",
    "復旧していません",
)
"""It is not, or not yet, or only perhaps."""
WARNINGS = (
    "The sender of this communication works for North Wind Ltd., a company regist"
    "ered in England. Its contents may be legally privileged; should you have obt"
    "ained it without being the addressee, destroy it and refrain from copying or"
    " disclosing it. We accept no liability for viruses.",
    "Der Inhalt dieser E-Mail und sämtlicher Anhänge ist ausschließlich für den b"
    "ezeichneten Adressaten bestimmt. Sollten Sie nicht der vorgesehene Empfänger"
    " oder dessen Vertreter sein, so beachten Sie bitte, dass jede Form der Kennt"
    "nisnahme, Veröffentlichung, Vervielfältigung oder Weitergabe des Inhalts unz"
    "ulässig ist. Bitte setzen Sie sich in diesem Fall mit dem Absender in Verbin"
    "dung und löschen Sie diese Nachricht.",
    "Wichtiger Hinweis: Die vorgenannten Angaben werden jeder E-Mail automatisch "
    "hinzugefügt und lassen keine Rückschlüsse auf den Rechtscharakter der E-Mail"
    " zu. Diese Nachricht ist vertraulich und nur für den Empfänger bestimmt; fal"
    "ls Sie sie irrtümlich erhalten haben, vernichten Sie sie bitte. Eine Haftung"
    " für Viren ist ausgeschlossen.",
    "Les informations contenues dans ce courriel et ses pièces jointes sont confi"
    "dentielles et destinées exclusivement à l'usage du destinataire. Si vous n'ê"
    "tes pas le destinataire prévu, toute divulgation, reproduction ou diffusion "
    "est interdite ; merci de supprimer ce message et d'en avertir l'expéditeur. "
    "La société décline toute responsabilité en cas d'altération.",
    "Este mensaje y sus anexos van dirigidos exclusivamente a su destinatario y c"
    "ontienen información confidencial. Si usted no es el destinatario y lo ha re"
    "cibido por error, elimínelo y notifíquelo al remitente; queda prohibida su d"
    "ivulgación o reproducción.",
    "本电邮（连同所有附件）仅供指定收件人阅览，当中可能载有受法律保护之机密资料。"
    "倘若您并非指定收件人，请立即通知发件人并将其销毁，未经授权不得披露、复制或分"
    "发。本公司对因使用本电邮而引致的任何损失概不负责。",
    "重要聲明：本郵件之資訊可能含有機密或特殊管制之資料，僅供指定之收件人使用。若"
    "您誤收本郵件，請立即通知寄件人並刪除，切勿傳播、複製或揭露其內容，違者須負法"
    "律責任。",
    "このメールには機密情報が含まれている場合があります。宛先に心当たりのない場合"
    "は、誤って送信された可能性がありますので、送信者までご連絡のうえ削除してくだ"
    "さい。無断での複写、転送、開示を禁止します。",
    "NOTICE TO RECIPIENTS: Under Regulation (EU) 2016/679 we process personal dat"
    "a. The content of this transmission is proprietary. If you were not meant to"
    " receive it, kindly delete it; any dissemination is strictly prohibited.",
)
"""Of companies, with beginnings of their own."""
NEWS = (
    "Leider druckt das Gerät im dritten Stock seit gestern nur leere Seiten",
    "Die Ablage im zweiten Stock ist verschwunden und niemand kommt an die Verträge",
    "Par contre l'imprimante du deuxième étage n'imprime que des pages blanches",
    "La impresora del segundo piso imprime hojas en blanco desde ayer por la tarde",
    "二階のプリンターが白紙しか印刷しません",
    "Toner leer",
    "Imprimante HS",
    "三樓的印表機還是不行",
)
"""What must be heard, above a warning and below it."""
SENT = (
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Gesendet von Mail für Windows",
    "Gesendet von Outlook für iOS",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon appareil mobile Samsung",
    "Envoyé à partir d'Outlook pour Android",
    "Envoyé depuis l'application Mail Orange",
    "Obtenir Outlook pour Android",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone",
    "Enviado desde Outlook para Android",
    "Obtener Outlook para iOS",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Inviato dal mio dispositivo Samsung Galaxy",
    "Verzonden vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Wysłane z iPhone",
    "Отправлено с iPhone",
    "iPhoneから送信",
    "Outlook for iOS を入手",
    "Outlook for iOSを入手",
    "從我的 iPhone 傳送",
    "傳送自我的 iPhone",
    "取得 Outlook for Android",
    "发自我的iPhone",
    "나의 iPhone에서 보냄",
    "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
    "Get Outlook for iOS",
    "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
)
"""What programs put below a mail."""
NOT_SENT = (
    "Outlook for iOS fails",
    "Get Outlook for my Android tablet working",
    "Sent from the scanner nothing arrives",
    "My iPhone",
    "iPhone",
    "Outlook",
    "Windows",
    "Mail",
    "Enviado desde mi cuenta pero no llega",
    "Gesendet von Outlook, kam aber nie an",
    "The mail was sent from Outlook and did not arrive",
    "Von meinem iPhone geht nichts",
    "Get Windows 11",
    "Get a new phone",
)
"""What people write of the same programs."""


@tagged("post_install", "-at_install")
class TestMailRulesLanguages(BaseCase):
    """Answers in the languages of customers, and what their companies put below."""

    def _is_thanks(self, text):
        return mail_thanks.is_thanks(text, NAMES, AUTHORS)

    def test_all_is_well(self):
        for text in WELL:
            self.assertTrue(self._is_thanks(text), text)
        for text in UNWELL:
            self.assertFalse(self._is_thanks(text), text)

    def test_warnings(self):
        for thanks in (
            "Thank you, it works.",
            "谢谢，可以了。",
            "Danke, läuft.\nHuang Mei",
        ):
            for warning in WARNINGS:
                for form in (warning, "\n".join(textwrap.wrap(warning, 72))):
                    self.assertTrue(self._is_thanks(f"{thanks}\n{form}"), form)
                    for news in NEWS:
                        for text in (f"{news}\n{form}", f"{form}\n{news}"):
                            text = f"{thanks}\n{text}"
                            self.assertFalse(self._is_thanks(text), text)
        for warning in WARNINGS:
            self.assertFalse(self._is_thanks(f"Der Drucker klemmt.\n{warning}"))

    def test_lines_of_programs(self):
        for line in SENT:
            self.assertEqual(mail_quote.cut_quotes(f"Merci\n{line}"), "Merci", line)
        for line in NOT_SENT:
            text = f"Merci\n{line}"
            self.assertEqual(mail_quote.cut_quotes(text), text)

    def test_quotes_of_any_language(self):
        desk = "IT Service Desk <it-desk@company.example.com>"
        for text in (
            f"De : {desk}\nEnvoyé : vendredi 27 novembre 2026 08:01\nÀ : Huang Mei\n"
            "Objet : INC000001\n\nStill broken?",
            f"De: {desk}\nEnviado el: viernes, 27 de noviembre de 2026 8:01\n"
            "Para: Mei\nAsunto: INC000001\n\nStill broken?",
            f"Da: {desk}\nInviato: venerdì 27 novembre 2026 08:01\nA: Mei\nStill?",
            f"Van: {desk}\nVerzonden: vrijdag 27 november 2026 08:01\nAan: Mei\nStill?",
            f"Le ven. 27 nov. 2026 à 08:01, {desk} a écrit :\n> Still broken?",
            "Le ven. 27 nov. 2026 à 08:01, IT Service Desk <\n"
            "it-desk@company.example.com> a écrit :\n\n> Still broken?",
            f"El vie, 27 nov 2026 a las 8:01, {desk} escribió:\n> Still broken?",
            f"2026年11月27日(金) 8:01 {desk}:\n> Still broken?",
        ):
            self.assertEqual(mail_quote.cut_quotes(f"Merci\n\n{text}"), "Merci", text)
        # A signature has labels, too, and is no mail; below a quote one writes as well.
        for text in (
            "Danke\nE: mei@north.example\nT: +852 2345 6789\nF: +852 2345 6780\nToner",
            "Room: 5\nPhone: 3\nMail: a@b.example\nTime: 2026-03-02 10:00",
        ):
            self.assertEqual(mail_quote.cut_quotes(text), text)
        text = f"Le ven. 27 nov. 2026 à 08:01, {desk} a écrit :\n> Still?\n"
        text += "Encore le toner"
        self.assertEqual(mail_quote.cut_quotes(text), "Encore le toner")

    def test_ends_that_repeat(self):
        """What ended a former mail of the author is no news, in any language."""
        end = "Huang Mei\nПодразделение финансов\nСеверный ветер, дом 5"
        warning = "Это сообщение " + "предназначено только для указанного лица. " * 4
        for below in (end, f"{end}\n{warning}", warning):
            former = f"Drucker klemmt.\n{below}"
            text = f"Danke, läuft.\n{below}"
            self.assertFalse(self._is_thanks(text), text)
            cut = mail_thanks.cut_repeated(text, ["", former], AUTHORS)
            self.assertTrue(self._is_thanks(cut), cut)
            for news in BELOW:
                for more in (f"{text}\n{news}", f"Danke, läuft.\n{news}\n{below}"):
                    cut = mail_thanks.cut_repeated(more, [former], AUTHORS)
                    self.assertFalse(self._is_thanks(cut), more)
        # Nor does a complaint vanish because it was sent before.
        for former in ("Hello\nThe printer jams.", "The printer jams."):
            text = f"Thanks.\n{former}"
            cut = mail_thanks.cut_repeated(text, [former, text], AUTHORS)
            self.assertFalse(self._is_thanks(cut), text)

    def test_a_sentence_that_repeats_is_heard(self):
        """However long it is, and although it ended the mail before, too."""
        for news in (
            "The printer in the corridor of the third floor jams whenever two of us "
            "send long documents to it at the same time of the day.",
            "The heating of the big conference room does not turn itself down at "
            "night, although this was promised twice by your colleagues.",
            "Der Aufzug im hinteren Treppenhaus bleibt seit der letzten Wartung jeden "
            "Morgen zwischen dem zweiten und dem dritten Stock stehen.",
            "Принтер на третьем этаже зажёвывает бумагу каждый раз, когда кто-то "
            "печатает длинный документ с двух сторон, и это длится неделю.",
            "三楼走廊的打印机每次两个人同时打印较长的文件都会卡纸，上周报修以后来过一次，"
            "但是问题一直没有解决，同事们只能到五楼去打印，每天都要多花半个小时，影响结账，"
            "月底之前请务必安排人员过来彻底检查一下，谢谢配合，办公室全体同事敬上。",
        ):
            for former in (
                f"Hello\n{news}",
                f"The mouse is dead.\n{news}",
                f"Guten Tag\nDie Maus ist kaputt.\n{news}",
                f"{news}\n{news}",
            ):
                for text in (f"Thanks.\n{news}", f"谢谢，可以了。\n{news}"):
                    cut = mail_thanks.cut_repeated(text, [former], AUTHORS)
                    self.assertFalse(self._is_thanks(cut), text)

    def test_long_lines_of_companies_that_repeat(self):
        advert = (
            "Besuchen Sie Nordwind vom dritten bis zum siebten Mai auf der großen "
            "Messe der Energieversorger in Halle vier, Stand zwölf."
        )
        text = f"Danke, läuft.\n{advert}"
        once = [f"Drucker klemmt.\n{advert}"]
        cut = mail_thanks.cut_repeated(text, once, AUTHORS)
        self.assertFalse(self._is_thanks(cut), "Somebody reads it.")
        often = [*once, f"Die Maus ist kaputt.\n{advert}"]
        cut = mail_thanks.cut_repeated(text, often, AUTHORS)
        self.assertTrue(self._is_thanks(cut), "It stands below each mail.")

    def test_nothing_takes_long(self):
        for text in (
            "a: b\n" * 20000,
            "a@b 10:00 2026:\n> x\n" * 20000,
            "von mit der " * 20000,
            "if you recipient " * 20000,
            "this e-mail if you\n" * 20000,
            f'<p style="font-size:{"0" * 100_000}x">x</p>',
            "<p style='font-size:0'>" * 3000,
        ):
            mail_quote.read_own_words(text)
            self._is_thanks(f"Thanks.\n{mail_quote.cut_quotes(text)}")
            mail_thanks.cut_repeated(text, [text] * 3, AUTHORS)
