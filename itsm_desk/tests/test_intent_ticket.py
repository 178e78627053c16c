import importlib.util
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, freeze_time, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_unlink
from ..models.intent import itsm_mail_intent as mail_intent
from ..models.ticket.ticket_links import (
    get_complain_url,
    get_page_link,
    get_sign_off_token,
    get_sign_off_url,
)
from .common import DeskCommon

TEMPLATE = "itsm_desk.mail_template_ticket_solved"
LOGGER = "odoo.addons.itsm_desk.models.intent.itsm_mail_intent"


@tagged("post_install", "-at_install")
class TestMailOfStep(DeskCommon):
    """Mails to requesters are made by a job, after the step that they follow from."""

    def setUp(self):
        super().setUp()
        self.intents = self.env["itsm.mail.intent"]
        self.known = self.intents.search([])
        # The job makes the mails, as on a server, where a test says so.
        self.enterContext(patch.object(mail_intent, "wake"))
        ticket = self._file_portal(description="<p>Password 4711</p>")
        self.ticket = ticket.with_env(self.env)
        self._make_mails()

    def _get_rows(self, template=TEMPLATE):
        return self.intents.search(
            [("id", "not in", self.known.ids), ("template", "=", template)]
        )

    def _get_posted(self, subject="is solved"):
        return self.ticket.message_ids.filtered(
            lambda item: (
                item.message_type == "auto_comment" and subject in (item.subject or "")
            )
        )

    def test_filing_is_acknowledged_by_the_job(self):
        with patch.object(mail_intent, "wake") as wake:
            ticket = self.ticket = self._file_portal()
        self.assertFalse(self._get_posted(ticket.name))
        self.assertEqual(wake.call_args.args[0].res_id, ticket.id)
        self._make_mails()
        self.assertEqual(len(self._get_posted(ticket.name)), 1)

    def test_solution_is_mailed_by_the_job_once(self):
        self._solve(self.ticket)
        row = self._get_rows()
        self.assertEqual((row.state, row.user_id), ("waiting", self.technician))
        self.assertFalse(self._get_posted())
        self._make_mails()
        message = self._get_posted()
        self.assertEqual(len(message), 1)
        self.assertEqual(row.state, "sent")
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.state, "outgoing", "The queue sends it.")
        self.assertIn("mailed=sign_off", mail.body_html)
        self._make_mails()
        self.assertEqual(self._get_posted(), message)

    def test_commit_starts_the_job(self):
        job = self.env.ref(mail_intent.JOB)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        with patch.object(mail_intent, "wake", self._wake):
            self._solve(self.ticket)
        found = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        self.assertEqual(len(found - triggers), 1)

    def _wake(self, rows, moment=None):
        rows.env.ref(mail_intent.JOB)._trigger(moment)

    def test_made_with_user_language_and_companies_of_the_step(self):
        self.env["res.lang"]._activate_lang("de_DE")
        ticket = self.ticket.with_context(
            lang="de_DE", allowed_company_ids=self.company.ids
        )
        self._solve(ticket)
        made = []
        kind = self._get_rows().kind
        maker = mail_intent.Maker(
            lambda record, row: made.append(record.env), lambda record, row: None
        )
        with patch.dict(mail_intent._makers, {kind: maker}):
            self._make_mails()
        [env] = made
        self.assertEqual(env.user, self.technician)
        self.assertEqual(env.lang, "de_DE")
        self.assertEqual(env.companies, self.company)

    def test_row_holds_no_text_and_no_token(self):
        self._solve(self.ticket)
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT to_jsonb(t)::text FROM itsm_mail_intent t WHERE id = %s",
            self._get_rows().ids,
        )
        [[text]] = self.env.cr.fetchall()
        ticket = self.ticket.sudo()
        for secret in (
            get_sign_off_token(ticket),
            ticket.access_token,
            "4711",
            "Old mail was archived",
        ):
            self.assertNotIn(secret, text)

    def test_code_is_mailed_by_the_job(self):
        """The step waits for no server; of two codes the last one is sent."""
        self._solve(self.ticket)
        self._make_mails()
        mine = self.ticket.with_user(self.technician)
        sent = []
        Mail = self.env.registry["mail.mail"]
        # The job has a cursor of its own, which is closed when it has run.
        self.patch(
            Mail, "send", lambda mails, **kw: sent.extend(mails.mapped("subject"))
        )
        mine.action_send_sign_off_code()
        later = fields.Datetime.now() + timedelta(minutes=3)
        with freeze_time(later):
            mine.action_send_sign_off_code()
            rows = self._get_rows("itsm_desk.sign_off_code_mail")
            self.assertEqual(rows.mapped("state"), ["waiting", "waiting"])
            self.assertFalse(sent)
            self.assertFalse(self.ticket.sudo().sign_off_code_hash)
            self._make_mails()
        self.assertEqual(set(rows.mapped("state")), {"overtaken", "sent"})
        [subject] = sent
        self.assertIn("Code to sign off", subject)
        self.assertTrue(self.ticket.sudo().sign_off_code_hash)
        bodies = "".join(self.ticket.sudo().message_ids.mapped("body"))
        self.assertIn("A sign-off code was sent to", bodies)

    def test_overtaken_mail_is_not_made(self):
        self._solve(self.ticket)
        self.ticket.with_user(self.portal).action_reopen("Still broken")
        self._make_mails()
        self.assertEqual(self._get_rows().state, "overtaken")
        self.assertFalse(self._get_posted())

    def test_merged_requester_is_told(self):
        """A merge of contacts rewrites the ticket by SQL; its mail is not lost."""
        self._solve(self.ticket)
        [row] = self._get_rows()
        gone = self.ticket.partner_id
        twin = self.env["res.partner"].create(
            {"name": gone.name, "email": gone.email_normalized}
        )
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (gone | twin).ids, twin
        )
        self.env.invalidate_all()
        self.assertEqual(self.ticket.partner_id, twin)
        self._make_mails()
        self.assertEqual(row.state, "sent")
        self.assertEqual(self._get_posted().partner_ids, twin)

    def test_signer_and_solver_are_not_merged(self):
        """Core would delete the ticket that its table keeps from being changed."""
        self._solve(self.ticket)
        ticket = self.ticket.sudo()
        signer = self.env["res.partner"].create({"name": "Signer"})
        ticket.flush_recordset()
        self.env.cr.execute(
            "UPDATE itsm_ticket SET signed_off_by_id = %s WHERE id = %s",
            [signer.id, ticket.id],
        )
        self.env.invalidate_all()
        solver = ticket.solver_partner_id
        self.assertTrue(solver)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        with self.assertRaisesRegex(UserError, "different persons"):
            wizard._merge((signer | solver).ids, solver, extra_checks=False)
        self.env.invalidate_all()
        self.assertTrue(ticket.exists())
        self.assertEqual(ticket.signed_off_by_id, signer)

    def test_upgrade_takes_links_out_of_mails(self):
        """Mails of before that wait, and texts for a messenger, get places."""
        path = Path(__file__).parents[1] / "migrations/19.0.1.8.0/post-waiting_links.py"
        spec = importlib.util.spec_from_file_location("waiting_links", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        ticket = self._solve(self.ticket).sudo()
        self._make_mails()
        mail = self.env["mail.mail"].search(
            [("model", "=", "itsm.ticket"), ("res_id", "=", ticket.id)], order="id"
        )[-1:]
        links = (get_sign_off_url(ticket), get_page_link(ticket))
        links += (get_complain_url(ticket), "https://else.example.com/?token=abc")
        old = get_sign_off_url(ticket).replace(get_sign_off_token(ticket), "0" * 64)
        mail.body_html = "".join(f'<a href="{link}">x</a>' for link in links)
        other = mail.copy({"mail_message_id": mail.mail_message_id.id})
        other.body_html = f'<a href="{old}">x</a>'
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        page = f"{ticket.get_base_url()}{ticket.access_url}"
        solution = ticket.handling_id.id
        self.assertEqual(
            mail.body_html,
            f'<a href="{page}?mailed=sign_off-{solution}">x</a>'
            f'<a href="{page}?mailed=page">x</a>'
            f'<a href="{page}/complain?mailed=complain">x</a>'
            '<a href="https://else.example.com/?token=abc">x</a>',
        )
        self.assertEqual(other.body_html, f'<a href="{page}?mailed=sign_off">x</a>')

    def test_deleted_document(self):
        with patch.object(mail_intent, "_find_document", lambda row: None):
            self._solve(self.ticket)
            self._make_mails()
        self.assertEqual(self._get_rows().state, "overtaken")

    @mute_logger(LOGGER)
    def test_failing_mail_is_tried_again_and_then_told(self):
        self._solve(self.ticket)
        row = self._get_rows()
        broken = patch.object(
            self.registry["mail.template"],
            "_generate_template",
            side_effect=ValueError("broken template"),
        )
        now = fields.Datetime.now()
        with broken:
            for tries, minutes in enumerate(mail_intent.PAUSES, start=1):
                with freeze_time(now):
                    self._make_mails()
                    self._make_mails()
                self.assertRecordValues(row, [{"state": "waiting", "tries": tries}])
                self.assertEqual(row.next_try - now, timedelta(minutes=minutes))
                now = row.next_try
            self.assertFalse(self.ticket.activity_ids)
            with freeze_time(now):
                self._make_mails()
        self.assertEqual(row.state, "failed")
        self.assertEqual(row.problem, "ValueError: broken template")
        self.assertEqual(self.ticket.activity_ids.user_id, self.technician)
        self.assertIn("was not told", self.ticket.message_ids[0].body)
        self.assertFalse(self._get_posted())

        admin = new_test_user(self.env, "intent_admin", "base.group_system")
        row.with_user(admin).action_retry()
        self.assertRecordValues(row, [{"state": "waiting", "tries": 0}])
        self._make_mails()
        self.assertEqual(row.state, "sent")
        self.assertEqual(len(self._get_posted()), 1)

    @mute_logger(LOGGER)
    def test_one_failure_stops_no_other_mail(self):
        broken = self._file_portal()
        self._solve(broken)
        self._solve(self.ticket)
        original = self.registry["mail.template"]._generate_template

        def fail(template, ids, *args, **kwargs):
            if broken.id in ids:
                # The transaction of this mail alone is lost.
                self.env.cr.execute("SELECT 1 / 0")
            return original(template, ids, *args, **kwargs)

        with (
            patch.object(self.registry["mail.template"], "_generate_template", fail),
            mute_logger("odoo.sql_db"),
        ):
            self._make_mails()
        states = {row.res_id: row.state for row in self._get_rows()}
        self.assertEqual(states, {broken.id: "waiting", self.ticket.id: "sent"})

    def test_nobody_writes_and_administrators_read(self):
        self._solve(self.ticket)
        row = self._get_rows()
        admin = new_test_user(self.env, "intent_admin", "base.group_system")
        mine = row.with_user(admin)
        self.assertEqual(mine.state, "waiting")
        for name in ("partner_id", "values_read", "needed_values", "step_context"):
            with self.assertRaises(AccessError):
                mine.read([name])
        for act in (
            lambda: mine.write({"state": "sent"}),
            lambda: row.write({"state": "sent"}),
            lambda: row.sudo().write({"partner_id": self.stranger.partner_id.id}),
            lambda: self.intents.sudo().create(
                {"kind": row.kind, "template": TEMPLATE, "res_model": "x", "res_id": 1}
            ),
            row.unlink,
        ):
            with self.assertRaises(AccessError):
                act()
        for user in (self.technician, self.manager, self.requester, self.portal):
            with self.assertRaises(AccessError):
                self.intents.with_user(user).search([])
            with self.assertRaises(AccessError):
                row.with_user(user).action_retry()

    @mute_logger(LOGGER)
    def test_template_takes_no_step_in_the_job(self):
        """Neither as its requester, nor by methods that note mails."""
        template = self.env.ref(TEMPLATE)
        self._solve(self.ticket)
        for code, refusal in (
            (
                "object.with_user(object.partner_id.user_ids)"
                ".action_sign_off(5, signed_name='Anna Berg')",
                "own act of a person",
            ),
            ("object._post_to_requester('solved')", "cannot be called"),
        ):
            # Core tries a template that is saved, and would refuse this one.
            with patch.object(self.registry["mail.template"], "_check_can_be_rendered"):
                template.body_html = f'<p><t t-out="{code}"/></p>'
            self._make_mails()
            row = self._get_rows()
            self.assertEqual(row.state, "waiting", code)
            self.assertIn(refusal, row.problem)
            self.assertEqual(self.ticket.state, "solved")
            mail_intent.server_write(row, {"next_try": fields.Datetime.now()})

    def test_old_rows_are_forgotten(self):
        self._solve(self.ticket)
        self._make_mails()
        row = self._get_rows()
        self.intents._cron_forget()
        self.assertTrue(row.exists())
        later = fields.Datetime.now() + timedelta(days=mail_intent.KEEP_DAYS + 1)
        with freeze_time(later):
            self.intents._cron_forget()
        self.assertFalse(row.exists())


@tagged("post_install", "-at_install")
class TestMailOfStepRace(BaseCase):
    """Two jobs, two database connections, one mail."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            requester = env["res.partner"].create(
                {"name": "Race", "email": "race@example.com"}
            )
            team = env["itsm.team"].create({"name": "Race"})
            ticket = env["itsm.ticket"].create(
                {
                    "subject": "Race",
                    "partner_id": requester.id,
                    "team_id": team.id,
                    "channel": "mail",
                }
            )
            self.made = [(rec._name, rec.ids) for rec in (ticket, team, requester)]
            self.ticket_id = ticket.id
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            server_unlink(self._find(env))
            for model, ids in self.made:
                env[model].browse(ids).unlink()

    def _open(self):
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})

    def _find(self, env):
        return env[mail_intent.MODEL].search(
            [("res_model", "=", "itsm.ticket"), ("res_id", "=", self.ticket_id)]
        )

    def _count(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT count(*) FROM mail_message WHERE model = 'itsm.ticket'"
                " AND res_id = %s AND message_type = 'auto_comment'",
                [self.ticket_id],
            )
            return cr.fetchone()[0]

    @mute_logger("odoo.sql_db", LOGGER)
    def test_one_of_two_jobs_makes_it(self):
        first, second = self._open(), self._open()
        late = self._open()
        seen = self._find(late)
        self.assertEqual(seen.state, "waiting")
        mail_intent.make(self._find(first))
        # It waits for nobody, and makes nothing that another job makes.
        mail_intent.make_due(second)
        self.assertEqual(self._count(), 0)
        first.cr.commit()
        mail_intent.make_due(second)
        # One that began before is refused by the database, and notes no failure.
        mail_intent.make_due(late)
        self.assertEqual(self._count(), 1)
        with self.registry.cursor() as cr:
            row = self._find(api.Environment(cr, SUPERUSER_ID, {}))
            self.assertEqual((row.state, row.tries), ("sent", 0))

    def test_killed_job_leaves_the_mail_due(self):
        env = self._open()
        mail_intent.make(self._find(env))
        env.cr.rollback()
        mail_intent.make_due(self._open())
        self.assertEqual(self._count(), 1)
