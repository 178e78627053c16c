import re

from freezegun import freeze_time
from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_create
from ..models.bid import vendor as portal
from ..models.evaluation.hint_search import search_hints
from .common import PDF, TenderCommon


@tagged("post_install", "-at_install")
class TestExpertPortal(TenderCommon, HttpCase):
    """An outside expert declares, reads and scores on the portal, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expert_user = new_test_user(
            cls.env,
            "outsourcing_expert",
            "base.group_portal",
            name="Professor Lin",
            email="lin@university.test",
        )
        cls.other_expert_user = new_test_user(
            cls.env, "outsourcing_expert2", "base.group_portal"
        )
        cls.procedure.envelopes = "two"
        cls.tender = cls._create_tender()
        cls.tender.committee_ids.filtered(
            lambda item: item.user_id == cls.members[2].user_id
        ).action_recuse("Ill")
        cls.member = cls.env["outsourcing.committee.member"].create(
            {
                "tender_id": cls.tender.id,
                "partner_id": cls.expert_user.partner_id.id,
                "role": "expert",
            }
        )
        cls.member.with_user(cls.procurement_user).action_appoint()
        cls.env["outsourcing.tender.document"].with_user(cls.procurement_user).create(
            {"tender_id": cls.tender.id, "name": "Specification", "file": b"JVBERi0="}
        )
        cls._sign_off(cls.tender)
        cls.tender.action_publish()
        cls.page = f"/my/evaluations/{cls.member.id}"

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, path, data=None):
        text = self.url_open(self.page).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        values = {"csrf_token": token.group(1) if token else "", **(data or {})}
        answer = self.url_open(f"{self.page}/{path}", data=values)
        self.env.invalidate_all()
        return answer

    def _open(self):
        """Bring the tender to its evaluation, with the expert in the quorum."""
        for member in self.tender.sudo().committee_ids - self.member:
            if member.state == "appointed":
                member.with_user(member.user_id).action_declare()
        bid = portal.start_bid(self.tender.with_user(self.vendor_users[0]).sudo())
        portal.add_file(bid, "concept.pdf", PDF)
        for number, price in enumerate(self.prices):
            self._bid(self.tender, number, price)
        with freeze_time(self.deadline):
            self.tender.action_close()
        with freeze_time(self.opening):
            self._open_bids(self.tender)
        self.tender.action_start_evaluation()
        self.env.invalidate_all()

    def test_whole_way_on_the_portal(self):
        self.env["outsourcing.score"].flush_model()
        self.assertTrue(
            self.env["mail.mail"].search(
                [("recipient_ids", "in", self.expert_user.partner_id.ids)]
            ),
            "the expert gets the link by mail",
        )
        self._login(self.expert_user)
        self.assertIn(self.tender.subject, self.url_open("/my/evaluations").text)
        text = self.url_open(self.page).text
        self.assertIn("I have no conflict", text)
        self.assertNotIn("Specification", text, "not before the declaration")
        self._post("declare", {"conflict": "no", "note": "I know nobody"})
        self.assertRecordValues(
            self.member, [{"conflict_state": "clear", "conflict_note": "I know nobody"}]
        )
        self.assertIn("Specification", self.url_open(self.page).text)
        self._open()
        text = self.url_open(self.page).text
        self.assertIn("Vendor 0", text)
        self.assertIn("concept.pdf", text)
        self.assertNotIn("90,000", text, "prices stay closed until the ranking")
        path = re.search(r'href="(/my/evaluations/\d+/bids/\d+/files/\d+)"', text)
        self.assertEqual(self.url_open(path.group(1)).content, PDF)
        scores = self.tender.sudo().score_ids.filtered(
            lambda score: score.member_id == self.member
        )
        self.assertEqual(len(scores), 6)
        values = {}
        for score in scores:
            if score.kind == "pass_fail":
                values[f"verdict-{score.id}"] = "pass"
            else:
                values[f"value-{score.id}"] = "87.5"
        self._post("score", {**values, "step": "save"})
        self.assertEqual(set(scores.mapped("state")), {"draft"})
        text = self._post("score", {"step": "submit"}).text
        self.assertEqual(set(scores.mapped("state")), {"submitted"}, text[:200])
        self.assertEqual(
            set(scores.filtered(lambda item: item.kind == "scored").mapped("value")),
            {87.5},
        )

    def test_incomplete_scores_are_refused_and_nothing_is_lost(self):
        self._login(self.expert_user)
        self._post("declare", {"conflict": "no"})
        self._open()
        answer = self._post("score", {"step": "submit"})
        self.assertIn("pass or fail", answer.text)
        scores = self.tender.sudo().score_ids.filtered(
            lambda score: score.member_id == self.member
        )
        self.assertEqual(set(scores.mapped("state")), {"draft"})

    def test_what_was_typed_survives_a_refusal(self):
        """One missing remark, one forgotten choice, one word in place of points."""
        self._login(self.expert_user)
        self._post("declare", {"conflict": "no"})
        self._open()
        scores = self.tender.sudo().score_ids.filtered(
            lambda score: score.member_id == self.member
        )
        passed = scores.filtered(lambda score: score.kind == "pass_fail")
        scored = scores - passed
        values = {f"verdict-{score.id}": "pass" for score in passed}
        values.update({f"value-{score.id}": "61.25" for score in scored})
        values.update({f"comment-{score.id}": f"Seen {score.id}" for score in scores})

        def submit(**changes):
            given = {**values, **changes, "step": "submit"}
            return self._post(
                "score", {key: text for key, text in given.items() if text is not None}
            )

        zero = scored[0]
        marks = (
            (f"value-{zero.id}", {f"value-{zero.id}": "a lot"}),
            (f"value-{zero.id}", {f"value-{zero.id}": "100.5"}),
            (
                f"comment-{zero.id}",
                {f"value-{zero.id}": "0", f"comment-{zero.id}": ""},
            ),
            (f"verdict-{passed[1].id}", {f"verdict-{passed[1].id}": None}),
        )
        for field, changes in marks:
            with self.subTest(changes):
                answer = submit(**changes)
                self.assertEqual(answer.status_code, 422)
                page = html.fromstring(answer.text)
                self.assertEqual(set(scores.mapped("state")), {"draft"})
                for name, text in changes.items():
                    if text:
                        self.assertEqual(
                            page.xpath(f"//input[@name='{name}']/@value"), [text]
                        )
                self.assertEqual(
                    page.xpath(f"//input[@name='value-{scored[1].id}']/@value"),
                    ["61.25"],
                )
                self.assertIn(f"Seen {passed[0].id}", answer.text)
                self.assertEqual(scored[1].value, 61.25, "kept, too")
                self.assertTrue(page.xpath("//*[@aria-invalid='true']"))
                self.assertEqual(page.xpath("//*[@autofocus]/@name"), [field])
        self.assertEqual(submit().status_code, 200)
        self.assertEqual(set(scores.mapped("state")), {"submitted"})
        again = submit()
        self.assertEqual(again.status_code, 200, "a second click")
        self.assertIn("Your scores are submitted.", again.text)

    def test_conflict_excludes(self):
        self._login(self.expert_user)
        self._post("declare", {"conflict": "yes", "note": "My brother works there"})
        self.assertEqual(self.member.state, "recused")
        self.assertIn("do not take part", self.url_open(self.page).text)

    def test_nobody_else(self):
        foreign = self.tender.sudo().committee_ids.filtered(
            lambda item: item.user_id == self.members[0].user_id
        )
        self._login(self.expert_user)
        self._post("declare", {"conflict": "no"})
        self._open()
        text = self.url_open(self.page).text
        path = re.search(r'href="(/my/evaluations/\d+/bids/\d+/files/\d+)"', text)
        theirs = self.tender.sudo().score_ids.filtered(
            lambda score: score.member_id == foreign and score.kind == "scored"
        )
        self._post("score", {f"value-{theirs[0].id}": "1", "step": "save"})
        self.assertFalse(theirs[0].value, "scores of others are not touched")
        for user in (self.other_expert_user, self.vendor_users[0]):
            self._login(user)
            with self.subTest(user=user.login), mute_logger("odoo.http"):
                for url in (self.page, path.group(1)):
                    self.assertEqual(self.url_open(url).status_code, 404)
                answer = self.url_open(f"{self.page}/declare", data={"conflict": "yes"})
                self.assertIn(answer.status_code, (400, 404))
        self.assertEqual(self.member.state, "appointed")
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(self.page).url)

    def test_hints_are_looked_at_and_settled(self):
        """A committee of experts alone can hear the vendors and settle a hint."""
        for vendor in self.vendors[:2]:
            vendor.email = f"office{vendor.id}@same.test"
        self._login(self.expert_user)
        self._post("declare", {"conflict": "no"})
        self._open()
        search_hints(self.tender.sudo())
        hints = self.env["outsourcing.bid.hint"].sudo()
        hint = hints.search([("tender_id", "=", self.tender.id)])
        self.assertEqual(hint.kind, "domain")
        # sudo: mails are read by a test.
        mails = self.env["mail.mail"].sudo()
        mail = mails.search([("recipient_ids", "in", self.expert_user.partner_id.ids)])
        told = mail.filtered(lambda mail: "Please look" in mail.subject)
        self.assertIn(f"{self.page}#hints", str(told.body_html))
        text = self.url_open(self.page).text
        self.assertIn("What bids have in common", text)
        self.assertIn("same.test", text)
        answer = self._post(f"hints/{hint.id}", {"step": "confirm", "text": "One firm"})
        self.assertIn("hear the vendors first", answer.text)
        self._post(f"hints/{hint.id}", {"step": "hear", "text": ""})
        self.assertEqual(len(hint.hearing_ids), 2)
        self.assertEqual(hint.hearing_ids.asked_by_id, self.expert_user)
        answer = self._post(f"hints/{hint.id}", {"step": "explain", "text": " "})
        self.assertEqual(hint.state, "open", "a conclusion is needed")
        self._post(f"hints/{hint.id}", {"step": "explain", "text": "Free mail"})
        self.assertRecordValues(
            hint, [{"state": "explained", "decided_by_id": self.expert_user.id}]
        )
        self.assertIn("Free mail", self.url_open(self.page).text)

    def test_hints_are_for_the_own_committee(self):
        self._login(self.expert_user)
        self._post("declare", {"conflict": "no"})
        self._open()
        other = self._create_tender()
        made = server_create(
            self.env["outsourcing.bid.hint"].sudo(),
            [{"tender_id": other.id, "kind": "file", "value": "x", "evidence": []}],
        )
        answer = self._post(f"hints/{made.id}", {"step": "explain", "text": "Mine"})
        self.assertIn("no such hint", answer.text)
        self.assertEqual(made.state, "open")
        own = made.copy_data()[0] | {"tender_id": self.tender.id}
        mine = server_create(self.env["outsourcing.bid.hint"].sudo(), [own])
        for user in (self.other_expert_user, self.vendor_users[0]):
            self._login(user)
            with mute_logger("odoo.http"):
                answer = self.url_open(
                    f"{self.page}/hints/{mine.id}", data={"step": "explain"}
                )
            self.assertIn(answer.status_code, (400, 404))
        self.assertEqual(mine.state, "open")
