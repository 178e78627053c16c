import re
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..tools.text_diff import diff_as_html
from .common import DeskCommon


class KnowledgeCommon(DeskCommon):
    """A desk with reviewers and an article of a technician."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reviewer, cls.second_reviewer = cls._new_users(
            reviewer=["group_itsm_kb_reviewer"],
            reviewer2=["group_itsm_kb_reviewer", "group_itsm_technician"],
        )
        cls.article = cls._write_article()

    @classmethod
    def _write_article(cls, user=None, **values):
        return (
            cls.env["itsm.article"]
            .with_user(user or cls.technician)
            .create(
                {
                    "name": "Outlook asks for the password again and again",
                    "body": "<p>Remove the stored password.</p>",
                    "service_ids": [Command.set(cls.service.ids)],
                    **values,
                }
            )
        )

    @classmethod
    def _publish(cls, article, reviewer=None):
        """Submit the draft of its author and publish it as the reviewer."""
        article.action_submit()
        mine = article.with_user(reviewer or cls.reviewer)
        mine.check_ids.write({"is_met": True})
        mine.action_publish()
        return article


@tagged("post_install", "-at_install")
class TestArticle(KnowledgeCommon):
    """From the first draft to the shelf: steps, versions, votes, old articles."""

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    def test_way_to_the_readers(self):
        article = self.article
        self.assertRegex(article.number, r"^KB\d{6}$")
        self.assertFalse(article.with_user(self.stranger).has_access("read"))
        article.action_submit()
        reviewers = article.sudo().activity_ids.user_id
        self.assertEqual(reviewers, self.reviewer | self.second_reviewer)
        mine = article.with_user(self.reviewer)
        self.assertEqual(sum(mine.check_ids.mapped("weight")), 100)
        with self.assertRaisesRegex(UserError, "0 of 100"):
            mine.action_publish()
        mine.check_ids.write({"is_met": True})
        mine.action_publish()
        self.assertFalse(article.sudo().activity_ids)
        version = article.version_id
        self.assertRecordValues(
            version,
            [
                {
                    "number": 1,
                    "is_current": True,
                    "name": article.name,
                    "audience": "requester",
                    "reviewer_id": self.reviewer.id,
                    "author_names": self.technician.name,
                    "quality_score": 100,
                }
            ],
        )
        self.assertEqual(len(version._get_checklist()), 7)
        self.assertTrue(article.with_user(self.stranger).has_access("read"))
        self.assertTrue(version.with_user(self.portal).has_access("read"))
        self.assertFalse(article.with_user(self.portal).has_access("read"))

    def test_who_wrote_it_does_not_review_it(self):
        article = self._write_article(self.second_reviewer)
        article.action_submit()
        with self.assertRaisesRegex(UserError, "you wrote it"):
            article.check_ids.write({"is_met": True})
        article.sudo().check_ids.with_user(self.reviewer).sudo().write({"is_met": True})
        for attack in (
            article.action_publish,
            lambda: article.write({"state": "published"}),
            lambda: article.sudo().write({"state": "published"}),
        ):
            with self.assertRaisesRegex(UserError, "you wrote it"):
                attack()
        # Whoever changed a word of it counts as an author, too.
        article.with_user(self.reviewer).action_send_back("Say which Outlook")
        article.with_user(self.reviewer).keywords = "2019"
        article.action_submit()
        with self.assertRaisesRegex(UserError, "you wrote it"):
            article.with_user(self.reviewer).action_publish()

    def test_only_reviewers_publish(self):
        self.article.action_submit()
        # sudo: the checklist is not what this test asks about
        checks = self.article.with_user(self.reviewer).check_ids
        checks.write({"is_met": True})
        for user in (self.colleague, self.lead):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self.article.with_user(user).action_publish()
        for user in (self.requester, self.quality):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.article.with_user(user).action_publish()
        self.article.with_user(self.manager).action_publish()
        self.assertEqual(self.article.state, "published")

    def test_what_the_procedure_sets_is_not_written(self):
        self._publish(self.article)
        version = self.article.version_id
        for record, vals in (
            (self.article, {"editor_ids": [Command.clear()]}),
            (self.article, {"version_id": False}),
            (self.article, {"minutes_to_publish": 1}),
            (self.article, {"review_at": "2040-01-01 00:00:00"}),
            (version, {"body": "Other"}),
            (version, {"is_current": False}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                record.sudo().write(vals)
        with self.assertRaises(AccessError):
            version.sudo().unlink()
        with self.assertRaises(AccessError):
            version.sudo().copy()
        for vals in ({"name": "Other"}, {"audience": "public"}, {"state": "stale"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.article.sudo().write(vals)
        with self.assertRaises(UserError):
            self.article.with_user(self.manager).unlink()
        self.article.action_revise()
        with self.assertRaisesRegex(UserError, "was published"):
            self.article.with_user(self.manager).unlink()

    def test_checklist_is_made_by_the_procedure(self):
        self.article.action_submit()
        checks = self.article.with_user(self.reviewer).check_ids
        for attack in (
            lambda: checks.sudo().write({"weight": 100}),
            lambda: (
                self.env["itsm.article.check"]
                .sudo()
                .create({"article_id": self.article.id, "name": "Easy", "weight": 100})
            ),
            lambda: checks.sudo().unlink(),
            lambda: self.article.with_user(self.reviewer).write(
                {"check_ids": [Command.clear()]}
            ),
        ):
            with self.assertRaises(AccessError):
                attack()
        self.article.with_user(self.reviewer).action_send_back("Too short")
        with self.assertRaisesRegex(UserError, "in review"):
            checks.write({"is_met": True})

    def test_weights_that_are_not_100(self):
        criterion = self.env.ref("itsm_desk.itsm_article_criterion_safe")
        criterion.active = False
        with self.assertRaisesRegex(UserError, "sum to 90"):
            self.article.action_submit()
        self.env["itsm.article.criterion"].create({"name": "Tested", "weight": 10})
        self.article.action_submit()
        self.assertNotIn(criterion, self.article.check_ids.criterion_id)

    def test_sent_back_with_a_reason(self):
        self.article.action_submit()
        mine = self.article.with_user(self.reviewer)
        with self.assertRaisesRegex(UserError, "fill in first"):
            mine.action_send_back(" ")
        mine.action_send_back("Which version of Outlook?")
        self.assertEqual(self.article.review_remark, "Which version of Outlook?")
        task = self.article.sudo().activity_ids
        self.assertEqual(task.user_id, self.technician)
        self.article.action_submit()
        with self.assertRaises(UserError):
            self.article.with_user(self.colleague).action_send_back("No")
        # The author takes it back.
        self.article.action_send_back("I forgot something")
        self.assertEqual(self.article.state, "draft")

    # ------------------------------------------------------------
    # VERSIONS
    # ------------------------------------------------------------

    def test_readers_keep_the_reviewed_text(self):
        article = self._publish(self.article)
        article.action_revise()
        article.body = "<p>Not reviewed</p>"
        self.assertFalse(article.with_user(self.stranger).has_access("read"))
        read = self.env["itsm.article.version"].with_user(self.portal)
        read = read.search([("article_id", "=", article.id)])
        self.assertEqual(read.body, "<p>Remove the stored password.</p>")
        self.assertIn("<ins>Not</ins>", article.draft_diff.replace(" ", ""))
        first = article.version_id
        self._publish(article)
        second = article.version_id
        self.assertEqual((first.is_current, second.number), (False, 2))
        self.assertIn("<del>", second.diff_html)
        self.env.invalidate_all()
        self.assertFalse(first.with_user(self.portal).has_access("read"))
        # Restored, it is reviewed like any text.
        first.with_user(self.colleague).action_restore()
        self.assertEqual(article.state, "draft")
        self.assertEqual(article.body, first.body)
        self.assertIn(self.colleague, article.editor_ids)
        self.assertTrue(second.is_current)
        self._publish(article)
        self.assertEqual(article.version_id.number, 3)

    def test_retired(self):
        article = self._publish(self.article)
        with self.assertRaises(UserError):
            article.with_user(self.colleague).action_retire()
        article.action_retire()
        self.assertFalse(article.version_id)
        versions = self.env["itsm.article.version"].with_user(self.portal)
        self.assertFalse(versions.search([("article_id", "=", article.id)]))
        self.assertFalse(article.with_user(self.stranger).has_access("read"))
        article.action_revise()
        self.assertEqual(article.state, "draft")

    def test_diff_escapes(self):
        html = diff_as_html("a <b>\n旧密码", "a <i>\n新密码")
        self.assertIn("<del>旧</del><ins>新</ins>密码", html)
        self.assertNotIn("<b>", html)
        self.assertIn("&lt;", html)

    # ------------------------------------------------------------
    # AUDIENCE
    # ------------------------------------------------------------

    def test_audiences(self):
        public = self.env.ref("base.public_user")
        people = {
            "public": public,
            "portal": self.portal,
            "employee": self.stranger,
            "member": self.technician,
            "outsider": self.outsider,
            "reviewer": self.reviewer,
        }
        readers = {
            "public": set(people),
            "requester": set(people) - {"public"},
            "technician": {"member", "outsider", "reviewer"},
            "team": {"member", "reviewer"},
        }
        for audience, expected in readers.items():
            article = self._write_article(audience=audience, team_id=self.team.id)
            version = self._publish(article).version_id
            found = {
                name
                for name, user in people.items()
                if version.with_user(user).has_access("read")
            }
            with self.subTest(audience=audience):
                self.assertEqual(found, expected)

    def test_team_is_named(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._write_article(audience="team")
            self.env.flush_all()

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far",
            "group_itsm_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        far.group_ids |= self.env.ref("itsm_desk.group_itsm_kb_reviewer")
        version = self._publish(self.article).version_id
        for record in (self.article, version):
            with self.assertRaises(AccessError):
                record.with_user(far).read(["name"])
        with self.assertRaises(UserError):
            self._write_article(far, service_ids=[], team_id=self.team.id)

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    def test_files_of_others_are_not_taken(self):
        attachments = self.env["ir.attachment"]
        loose = attachments.with_user(self.technician).create(
            {"name": "steps.txt", "raw": b"1", "res_model": "itsm.article"}
        )
        ticket = self._file()
        secret = attachments.create(
            {
                "name": "salary.txt",
                "raw": b"2",
                "res_model": "itsm.ticket",
                "res_id": ticket.id,
            }
        )
        foreign = attachments.with_user(self.colleague).create(
            {"name": "mine.txt", "raw": b"3", "res_model": "itsm.article"}
        )
        self.article.attachment_ids = loose
        self.assertEqual(loose.res_id, self.article.id)
        for file in (secret, foreign):
            with self.subTest(file=file.name), self.assertRaises(AccessError):
                self.article.write({"attachment_ids": [Command.link(file.id)]})
        version = self._publish(self.article).version_id
        self.assertEqual(version.sudo().attachment_ids, loose)
        with self.assertRaises(UserError):
            loose.sudo().unlink()

    # ------------------------------------------------------------
    # VOTES AND OLD ARTICLES
    # ------------------------------------------------------------

    def test_votes_become_one_task(self):
        article = self._publish(self.article)
        self.assertTrue(article.with_user(self.requester).action_vote(True))
        self.assertFalse(article.sudo().activity_ids)
        stranger = article.with_user(self.stranger)
        with self.assertRaisesRegex(UserError, "Say why"):
            stranger.action_vote(False)
        self.assertTrue(stranger.action_vote(False, "unclear", "Where is <it>?"))
        self.assertFalse(stranger.action_vote(False, "wrong"), "one vote a version")
        article.with_user(self.boss).action_vote(False, "wrong")
        task = article.sudo().activity_ids
        self.assertEqual(task.user_id, self.technician)
        self.assertIn("&lt;it&gt;", task.note)
        self.assertIn("It is wrong", task.note)
        self.assertEqual((article.helpful_count, article.unhelpful_count), (1, 2))
        self.assertEqual(article.feedback_ids.version_id, article.version_id)
        with self.assertRaises(AccessError):
            article.feedback_ids[:1].sudo().write({"is_helpful": True})
        with self.assertRaises(AccessError):
            stranger.env["itsm.article.feedback"].search([])
        # The next version may be voted on again, and its publishing ends the task.
        article.action_revise()
        article.body = "<p>Better</p>"
        self._publish(article)
        self.assertFalse(article.sudo().activity_ids)
        self.assertTrue(stranger.action_vote(True))

    def test_old_articles(self):
        article = self._publish(self.article)
        job = self.env["itsm.article"]
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        job._cron_expire()
        self.assertEqual(article.state, "published")
        with freeze_time(fields.Datetime.now() + timedelta(days=366)):
            job._cron_expire()
            self.assertEqual(article.state, "stale")
            task = article.sudo().activity_ids
            self.assertEqual(task.user_id, self.technician)
            self.assertTrue(article.with_user(self.stranger).has_access("read"))
            job._cron_expire()
            self.assertEqual(len(article.sudo().activity_ids), 1)
            # Still right: looked at again by somebody who did not write it.
            self._publish(article)
            self.assertEqual(article.state, "published")
            self.assertGreater(article.review_at, fields.Datetime.now())

    def test_who_gives_it_away(self):
        self.article.with_user(self.colleague).owner_id = self.colleague
        self._publish(self.article)
        with self.assertRaises(AccessError):
            self.article.owner_id = self.technician
        self.article.with_user(self.colleague).owner_id = self.lead
        self.article.with_user(self.reviewer).owner_id = self.technician
        self.assertEqual(self.article.owner_id, self.technician)

    def test_owner_who_left(self):
        article = self._publish(self.article)
        self.technician.active = False
        article.with_user(self.stranger).action_vote(False, "wrong")
        self.assertEqual(article.sudo().activity_ids.user_id, self.reviewer)

    # ------------------------------------------------------------
    # TICKETS
    # ------------------------------------------------------------

    def test_article_of_a_handling_form(self):
        ticket = self._solve(self._file(description="<p>Says 0x800</p>"))
        mine = ticket.with_user(self.technician)
        self.assertTrue(mine.can_link_article)
        action = mine.action_create_article()
        article = self.env["itsm.article"].browse(action["res_id"])
        self.assertRecordValues(
            article,
            [
                {
                    "name": "No mail",
                    "state": "draft",
                    "source_ticket_id": ticket.id,
                    "service_ids": self.service.ids,
                    "owner_id": self.technician.id,
                    "editor_ids": self.technician.ids,
                }
            ],
        )
        for text in ("0x800", "The mailbox was full.", "Old mail was archived."):
            self.assertIn(text, article.body)
        self.assertEqual(mine.article_ids, article)
        self.assertEqual(mine.action_create_article()["res_id"], article.id)
        self.assertEqual(article.with_user(self.technician).ticket_count, 1)
        later = ticket.solved_at + timedelta(minutes=95)
        with freeze_time(later):
            self._publish(article.with_user(self.technician))
        self.assertEqual(article.minutes_to_publish, 95)

    def test_who_links(self):
        ticket = self._solve(self._file())
        article = self._publish(self.article)
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_link_article(article.id)
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_create_article()
        with self.assertRaises(AccessError):
            ticket.with_user(self.requester).action_create_article()
        mine = ticket.with_user(self.technician)
        for vals in ({"article_ids": [Command.link(article.id)]},):
            with self.assertRaises(AccessError):
                mine.write(vals)
        hidden = self._write_article(
            self.specialist, audience="team", team_id=self.second_team.id
        )
        with self.assertRaises(AccessError):
            mine.action_link_article(hidden.id)
        for nothing in (False, "x", 10**12):
            with self.subTest(value=nothing), self.assertRaises(UserError):
                mine.action_link_article(nothing)
        listed = article.with_context(itsm_ticket_id=ticket.id)
        listed.action_link_to_ticket()
        self.assertEqual(mine.article_ids, article)
        listed.action_unlink_from_ticket()
        self.assertFalse(mine.article_ids)
        with self.assertRaises(UserError):
            article.action_link_to_ticket()

    def test_screens_of_all_roles(self):
        self._publish(self.article)
        for user in (self.technician, self.reviewer, self.stranger, self.manager):
            for kind in ("list", "kanban", "form"):
                with self.subTest(user=user.login, kind=kind):
                    articles = self.env["itsm.article"].with_user(user)
                    arch = articles.get_view(view_type=kind)["arch"]
                    names = set(re.findall(r'<field name="(\w+)"', arch))
                    names &= set(articles.fields_get())
                    self.article.with_user(user).web_read({name: {} for name in names})

    def test_folder_of_the_category(self):
        folder = self.env["itsm.article.folder"].create({"name": "Mail"})
        child = folder.create({"name": "Outlook", "parent_id": folder.id})
        self.assertEqual(child.complete_name, "Mail / Outlook")
        with self.assertRaises(UserError):
            folder.parent_id = child
        ticket = self._solve(self._file())
        ticket.sudo().category_id.article_folder_id = child
        action = ticket.with_user(self.technician).action_create_article()
        article = self.env["itsm.article"].browse(action["res_id"])
        self.assertEqual(article.folder_id, child)

    def test_send_back_by_the_dialog(self):
        self.article.action_submit()
        dialog = self.env["itsm.article.send.back"].with_user(self.reviewer)
        dialog = dialog.with_context(active_id=self.article.id)
        dialog.create({"reason": "Too short"}).action_confirm()
        self.assertEqual(self.article.state, "draft")
