import html
import json
import re
from contextlib import nullcontext
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

from markupsafe import Markup

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.mail.tests.common import MailCommon

from ..models.base.grants import server_create
from ..models.quality.complaint_links import get_answer_token
from ..models.ticket.ticket_links import get_link_secrets, get_sign_off_url
from .test_quality_complaint import ComplaintCommon
from .test_survey_campaign import SurveyCommon

TABLES = ("itsm.chat.message", "itsm.mail.intent", "ir.logging")
QUEUE = "mail.ir_cron_mail_scheduler_action"
LATER = "mail.ir_cron_send_scheduled_message"
INTENT_LOGGER = "odoo.addons.itsm_desk.models.intent.itsm_mail_intent"


class WaitingCommon(ComplaintCommon, MailCommon):
    """What is stored while a mail waits, and what arrives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest = cls.env["res.partner"].create(
            {"name": "Li Na", "email": "li.na@customer.example.org"}
        )

    def _read_tables(self):
        """Return all that the server's user reads in tables of mails, as one text."""
        self.env.flush_all()
        self.env.invalidate_all()
        texts = []
        for name in sorted(self.registry):
            model = self.env[name].sudo()
            is_mail = name.startswith("mail.") or name in TABLES
            if not is_mail or model._abstract or model._transient or not model._auto:
                continue
            names = [
                field.name
                for field in model._fields.values()
                if field.store and field.type not in ("binary", "many2many", "one2many")
            ]
            rows = model.with_context(active_test=False).search_fetch([], names)
            texts += [json.dumps(row, default=str) for row in rows.read(names)]
        return "\n".join(texts)

    def _assert_no_secret(self, secrets):
        text = self._read_tables()
        self.assertIn("mailed=", text, "Nothing waits.")
        for secret in secrets:
            self.assertNotIn(secret, text)

    def _run_cron(self, name):
        # A test with a browser is in this mode all the time.
        is_in_mode = isinstance(self, HttpCase)
        with nullcontext() if is_in_mode else self.enter_registry_test_mode():
            self.env.ref(name).method_direct_trigger()
        self.env.invalidate_all()

    def _get_links(self, address="li.na@", part="/my/"):
        """Return the links of the mails that were sent to an address."""
        bodies = [m["body"] for m in self._mails if address in str(m["email_to"])]
        found = re.findall(rf'href="([^"]*{part}[^"]*)"', "".join(bodies))
        return sorted(set(map(html.unescape, found)))

    def _get_mails(self, ticket, text=""):
        """Return the stored mails about a ticket that contain a text."""
        mails = self.env["mail.mail"].search(
            [("model", "=", "itsm.ticket"), ("res_id", "=", ticket.id)], order="id"
        )
        return mails.filtered(lambda mail: text in (mail.body_html or ""))

    def _server_is_down(self):
        return patch.object(
            self.registry["ir.mail_server"],
            "send_email",
            side_effect=MailDeliveryException("down"),
        )

    def _file_guest(self, **values):
        return self._file(
            self.technician, partner_id=self.guest.id, channel="phone", **values
        ).sudo()


@tagged("post_install", "-at_install")
class TestAttackWaitingMails(WaitingCommon, HttpCase):
    """A Settings administrator reads the queue of mails, and takes nobody's place."""

    def test_solution_waits_without_its_link(self):
        ticket = self._solve(self._file_guest())
        self._assert_no_secret(get_link_secrets(ticket))
        with self.mock_mail_gateway():
            self._run_cron(QUEUE)
        [link] = self._get_links(part="sign_off")
        self.assertEqual(link, get_sign_off_url(ticket))
        [sent] = [m for m in self._mails if link in html.unescape(m["body"])]
        self.assertIn(link, sent["body_alternative"], "Also for readers of plain text.")
        [complaint] = self._get_links(part="complain")
        self.authenticate(None, None)
        for address in (link, complaint):
            parts = urlsplit(address)
            page = self.url_open(f"{parts.path}?{parts.query}")
            self.assertEqual(page.status_code, 200)
            self.assertNotIn("expired", page.text)
        text = self._read_tables()
        for secret in get_link_secrets(ticket):
            self.assertNotIn(secret, text, "Nor is it stored when it has left.")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_failed_mail_brings_the_link_when_it_is_sent_again(self):
        ticket = self._solve(self._file_guest())
        mails = self._get_mails(ticket)
        with self.mock_mail_gateway(), self._server_is_down():
            self._run_cron(QUEUE)
        self.assertIn("exception", mails.mapped("state"))
        self._assert_no_secret(get_link_secrets(ticket))
        mails.action_retry()
        with self.mock_mail_gateway():
            self._run_cron(QUEUE)
        self.assertEqual(self._get_links(part="sign_off"), [get_sign_off_url(ticket)])

    def test_message_of_later_brings_the_link(self):
        ticket = self._solve(self._file_guest())
        self._send_queue()
        now = fields.Datetime.now()
        ticket.with_user(self.technician).message_post(
            body="Please sign off.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            scheduled_date=now + timedelta(hours=1),
        )
        self.assertTrue(self.env["mail.message.schedule"].search([]))
        self._assert_no_secret(get_link_secrets(ticket))
        with self.mock_mail_gateway(), freeze_time(now + timedelta(hours=2)):
            self._run_cron(LATER)
            self._assert_no_secret(get_link_secrets(ticket))
            self._run_cron(QUEUE)
        self.assertIn(get_sign_off_url(ticket), self._get_links(part="sign_off"))

    def test_mail_of_a_solution_before_signs_nothing(self):
        ticket = self._solve(self._file_portal())
        mails = self._get_mails(ticket.sudo())
        ticket.with_user(self.portal).action_reopen("It is broken again.")
        self._fill_form(ticket)
        ticket.with_user(self.technician).action_solve()
        with self.mock_mail_gateway():
            mails.send()
        self.assertFalse(self._get_links(self.portal.email, "sign_off"))
        self.assertTrue(self._get_links(self.portal.email, "link="))

    def test_whoever_changes_the_mail_gets_no_link(self):
        """Administrators write addresses, headers and text of a mail that waits."""
        ticket = self._solve(self._file_guest())
        secrets = get_link_secrets(ticket)
        place = self._get_mails(ticket, "mailed=sign_off")
        self.assertEqual(len(place), 1)
        waiting = re.search(r'href="([^"]*mailed=sign_off[^"]*)"', place.body_html)[1]
        changes = {
            "recipient": {
                "recipient_ids": [(6, 0, self.stranger.partner_id.ids)],
            },
            "address": {"email_to": "me@private.example.com", "recipient_ids": [(5,)]},
            "copy": {"email_cc": "me@private.example.com"},
            "image": {
                "body_html": place.body_html.replace(
                    "href=", 'src="https://private.example.com/" data="'
                ),
            },
            "form": {
                "body_html": '<form action="https://private.example.com/"><textarea>'
                f"{waiting}</textarea><button>Open</button></form>",
            },
        }
        for name, values in changes.items():
            mail = place.copy({"mail_message_id": place.mail_message_id.id})
            mail.write(values)
            with self.subTest(change=name), self.mock_mail_gateway():
                mail.send()
                self.assertTrue(self._mails)
                for sent in self._mails:
                    is_hers = "li.na@" in str(sent["email_to"])
                    if name in ("image", "form") or not is_hers:
                        for secret in secrets:
                            self.assertNotIn(secret, sent["body"])
                    else:
                        self.assertNotIn("private", str(sent["email_cc"]))
        place.headers = "{'bcc': 'me@private.example.com', 'X-Forge-To': 'me@p.com'}"
        with self.mock_mail_gateway():
            place.send()
        [sent] = self._mails
        self.assertIn(get_sign_off_url(ticket), html.unescape(sent["body"]))
        self.assertFalse({"bcc", "X-Forge-To"} & set(sent["headers"]))

    def test_typed_code_reads_no_mail_that_leaves(self):
        ticket = self._solve(self._file_guest())
        mail = self._get_mails(ticket, "mailed=sign_off")
        renderer = self.env["mail.render.mixin"]
        for code in (
            "object._prepare_outgoing_list()",
            "object._personalize_outgoing_body(object.body_html, object.recipient_ids)",
        ):
            text = renderer._render_template(
                "{{ " + code + " }}", "mail.mail", mail.ids
            )[mail.id]
            self.assertIn("sign_off", text)
            for secret in get_link_secrets(ticket):
                self.assertNotIn(secret, text)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_code_that_cannot_be_mailed_is_not_kept(self):
        """Whoever reads it would sign off at the desk."""
        ticket = self._solve(self._file_guest())
        mine = ticket.with_user(self.technician).sudo(False)
        with self.mock_mail_gateway(), self._server_is_down():
            mine.action_send_sign_off_code()
        self.assertFalse(self._find_codes())
        self.assertFalse(ticket.sign_off_code_hash)
        row = self._get_code_row(ticket)
        self.assertEqual((row.state, row.tries), ("waiting", 1))
        self.assertFalse(row.sudo().values_read, "The code is made with its mail.")
        self.assertNotIn("was sent to", "".join(ticket.message_ids.mapped("body")))

    @mute_logger("odoo.addons.mail.models.mail_mail", INTENT_LOGGER)
    def test_code_is_tried_at_once_and_given_up_in_minutes(self):
        """The requester stands at the desk and waits."""
        ticket = self._solve(self._file_guest())
        begin = fields.Datetime.now()
        with (
            self.mock_mail_gateway(),
            self._server_is_down(),
            patch.object(self.registry["res.users"], "_bus_send") as told,
        ):
            ticket.with_user(self.technician).sudo(False).action_send_sign_off_code()
            row = self._get_code_row(ticket)
            while row.state == "waiting":
                told.assert_not_called()
                with freeze_time(row.next_try):
                    self._make_mails()
                    self.assertLess(fields.Datetime.now() - begin, timedelta(minutes=5))
        self.assertEqual((row.state, row.tries), ("failed", 4))
        told.assert_called_once()
        self.assertIn("could not be mailed", ticket.message_ids[0].body)

    @mute_logger("odoo.addons.mail.models.mail_mail", INTENT_LOGGER)
    def test_code_that_is_refused_for_good_is_told_at_once(self):
        refused = "SMTPRecipientsRefused: {'li.na@x': (550, b'5.1.1 Unknown user')}"
        for error in (
            AssertionError(self.env["ir.mail_server"].NO_VALID_RECIPIENT),
            MailDeliveryException("Mail Delivery Failed", refused),
        ):
            ticket = self._solve(self._file_guest())
            mine = ticket.with_user(self.technician).sudo(False)
            with (
                self.mock_mail_gateway(),
                patch.object(
                    self.registry["ir.mail_server"], "send_email", side_effect=error
                ),
                patch.object(self.registry["res.users"], "_bus_send") as told,
            ):
                mine.action_send_sign_off_code()
            row = self._get_code_row(ticket)
            self.assertEqual((row.state, row.tries), ("failed", 1), error)
            [call] = told.call_args_list
            self.assertEqual(call.args[1]["type"], "danger")
            bodies = "".join(ticket.message_ids.mapped("body"))
            self.assertNotIn("was sent to", bodies)
            self.assertIn("could not be mailed", bodies)
            self.assertFalse(self._find_codes(), "It would stay with its code.")
            # Once it is mended, nobody waits for another one.
            with self.mock_mail_gateway(mail_unlink_sent=True):
                mine.action_send_sign_off_code()
            self.assertFalse(self._find_codes())
            self.assertTrue(ticket.sign_off_code_hash)

    def _get_code_row(self, ticket):
        return self.env["itsm.mail.intent"].search(
            [("res_id", "=", ticket.id), ("kind", "=", "sign_off_code")]
        )

    def _find_codes(self):
        return self.env["mail.mail"].search([("subject", "ilike", "Code to sign")])

    def test_answer_to_a_complaint_waits_without_its_link(self):
        complaint = self._complain().sudo()
        self._answer(complaint)
        token = get_answer_token(complaint)
        self._assert_no_secret([token])
        with self.mock_mail_gateway():
            self._run_cron(QUEUE)
        [link] = self._get_links("requester@", "answer")
        self.assertIn(token, link)


@tagged("post_install", "-at_install")
class TestAttackWaitingSurvey(SurveyCommon, WaitingCommon):
    """Whoever reads the queue of mails does not learn whose answer is whose."""

    def test_invitation_waits_without_its_link(self):
        campaign = self._new_campaign(sample_size=5)
        campaign.action_start()
        self._run_job()
        answers = self._get_answers(campaign)
        tokens = answers.mapped("access_token")
        self._assert_no_secret(tokens)
        with self.mock_mail_gateway():
            self._run_cron(QUEUE)
        for invitation in campaign.sudo().invitation_ids:
            [link] = self._get_links(invitation.partner_id.email, "/survey/")
            self.assertTrue(link.endswith(invitation.user_input_id.access_token))

    def test_invitation_that_prints_its_link(self):
        """An edited template may print the address, too; tags carry it no further."""
        template = self.env.ref("itsm_desk.mail_template_survey_invitation")
        template.body_html += Markup(
            '<p>Or copy: <t t-out="object._get_survey_url()"/></p>'
            """<img t-att-src="'https://x.example/? ' + object._get_survey_url()"/>"""
        )
        campaign = self._new_campaign(sample_size=5)
        campaign.action_start()
        self._run_job()
        self._assert_no_secret(self._get_answers(campaign).mapped("access_token"))
        with self.mock_mail_gateway():
            self._run_cron(QUEUE)
        for invitation in campaign.sudo().invitation_ids:
            token = invitation.user_input_id.access_token
            [mail] = [m for m in self._mails if token in m["body"]]
            self.assertIn(invitation.partner_id.email, str(mail["email_to"]))
            self.assertEqual(mail["body"].count(token), 2, mail["body"])
            self.assertRegex(mail["body"], rf"Or copy: https?://[^<]+{token}<")

    def test_two_contacts_of_a_campaign_are_merged(self):
        """The row of the contact that is left stays, and no merge is refused."""
        campaign = self._new_campaign(sample_size=5)
        campaign.action_start()
        mine = campaign.sudo().invitation_ids[0]
        kept = mine.partner_id
        twin = kept.create({"name": kept.name, "email": kept.email})
        other = server_create(
            mine,
            {
                "campaign_id": campaign.id,
                "partner_id": twin.id,
                "asked_at": fields.Datetime.now(),
            },
        )
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (kept | twin).ids, kept
        )
        self.env.invalidate_all()
        self.assertFalse(other.exists())
        self.assertEqual(mine.exists().partner_id, kept)
