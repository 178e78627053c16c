from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.conduct.incentive_mail import note_person
from ..models.intent import outsourcing_mail_intent as mail_intent
from .test_conduct_incentive import ServedCommon


@tagged("post_install", "-at_install")
class TestIncentivePrivacy(ServedCommon):
    """The person and HR read it; nobody else, by no road."""

    def test_readers(self):
        draft = self._create_reward()
        submitted = self._submit(self._create_reward(amount=77))
        everything = draft | submitted
        expected = {
            "plain": submitted,
            "hr": everything,
            "other_hr": everything,
            "user": everything.browse(),
            "officer": everything.browse(),
            "procurement": everything.browse(),
            "finance": everything.browse(),
            "manager": everything.browse(),
            "auditor": everything.browse(),
        }
        for role, readable in expected.items():
            mine = everything.with_user(getattr(self, f"{role}_user"))
            mine.invalidate_recordset()
            with self.subTest(role=role):
                self.assertEqual(mine.search([]), readable)
                for record in everything - readable:
                    with self.assertRaises(AccessError):
                        record.with_user(mine.env.user).read(["amount"])
                with self.subTest(role=role):
                    groups = mine.env["outsourcing.incentive"]._read_group(
                        [], [], ["amount:sum"]
                    )
                    self.assertEqual(groups[0][0] or 0, sum(readable.mapped("amount")))

    def test_refused_drafts_stay_unknown(self):
        draft = self._create_reward()
        draft.with_user(self.hr_user).action_refuse("Thought better of it")
        self.assertFalse(draft.with_user(self.plain_user).search([]))

    def test_person_writes_nothing(self):
        reward = self._submit(self._create_reward())
        mine = reward.with_user(self.plain_user)
        for vals in ({"amount": 900}, {"state": "approved"}, {"statement": "x"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                mine.write(vals)
        for role in ("plain", "officer", "manager", "auditor"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._create_reward(user=getattr(self, f"{role}_user"))

    def test_messages_reviews_and_log(self):
        reward = self._approve(self._create_reward())
        for role in ("officer", "finance", "manager", "auditor"):
            user = getattr(self, f"{role}_user")
            env = self.env(user=user)
            with self.subTest(role=role):
                for model, domain in (
                    ("mail.message", [("model", "=", reward._name)]),
                    ("tier.review", [("model", "=", reward._name)]),
                    ("outsourcing.review.history", [("res_model", "=", reward._name)]),
                    ("outsourcing.audit.log", [("res_model", "=", reward._name)]),
                    ("mail.activity", [("res_model", "=", reward._name)]),
                ):
                    if not env[model].has_access("read"):
                        continue
                    self.assertFalse(env[model].search(domain), model)

    def test_followers(self):
        reward = self._submit(self._create_reward())
        partners = self.officer_user.partner_id | self.plain_user.partner_id
        reward.with_user(self.hr_user).message_subscribe(partners.ids)
        self.assertIn(self.plain_user.partner_id, reward.message_partner_ids)
        self.assertNotIn(self.officer_user.partner_id, reward.message_partner_ids)

    def test_person_is_told_by_the_job(self):
        """Of what holds then: a step that was overtaken is not told."""
        rewards = self._create_reward() | self._create_reward()
        known = self.env["mail.mail"].search([])
        domain = [
            ("id", "not in", known.ids),
            ("model", "=", rewards._name),
            ("recipient_ids", "in", self.plain_user.partner_id.ids),
        ]
        with patch.object(mail_intent, "wake"):
            for reward in rewards:
                self._submit(reward)
            rewards[1].with_user(self.hr_user).action_refuse("Not now")
            self.assertFalse(self.env["mail.mail"].search(domain))
            with self.enter_registry_test_mode():
                self.env.ref(mail_intent.JOB).method_direct_trigger()
            self.env.invalidate_all()
        told = self.env["mail.mail"].search(domain, order="res_id")
        self.assertEqual(told.mapped("res_id"), rewards.ids, "one each")
        self.assertIn("please answer", told[0].subject)
        self.assertIn("not pursued", told[1].subject)

    def test_decision_is_told_after_it_was_applied(self):
        """Applied before the job ran, the decision was never told."""
        known = self.env["mail.mail"].search([])
        with patch.object(mail_intent, "wake"):
            reward = self._apply(self._create_reward())
            with self.enter_registry_test_mode():
                self.env.ref(mail_intent.JOB).method_direct_trigger()
            self.env.invalidate_all()
        told = self.env["mail.mail"].search(
            [
                ("id", "not in", known.ids),
                ("model", "=", reward._name),
                ("recipient_ids", "in", self.plain_user.partner_id.ids),
            ]
        )
        self.assertEqual(len(told), 1)
        self.assertIn("is decided", told.subject)

    def test_mail_says_nothing_of_the_content(self):
        reward = self._create_reward(amount=123.45, reason="Very secret reason")
        self._submit(reward)
        note_person(reward)
        mails = self.env["mail.mail"].search(
            [("model", "=", reward._name), ("res_id", "=", reward.id)]
        )
        self.assertIn(self.plain_user.partner_id, mails.recipient_ids)
        hr = self.env.ref("outsourcing_mgmt.group_outsourcing_hr").all_user_ids
        self.assertFalse(
            mails.recipient_ids - hr.partner_id - self.plain_user.partner_id
        )
        for mail in mails:
            self.assertNotIn("123", str(mail.body_html))
            self.assertNotIn("secret", str(mail.body_html))

    def test_two_companies(self):
        reward = self._submit(self._create_reward())
        other = self.env["res.company"].create({"name": "Second Company"})
        self.hr_user.company_ids |= other
        theirs = reward.with_user(self.hr_user).with_context(
            allowed_company_ids=other.ids
        )
        theirs.invalidate_recordset()
        self.assertFalse(theirs.search([]))
        with self.assertRaises(AccessError):
            theirs.read(["amount"])
