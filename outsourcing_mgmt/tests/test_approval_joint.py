from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.bid import vendor as portal
from .common import GROUPS
from .test_bid_person import BidPersonCommon

LIST = "outsourcing.dual.request"


@tagged("post_install", "-at_install")
class TestJointRequest(BidPersonCommon):
    """What persons of several roles confirm is a two-person request like the others."""

    def _request_person(self):
        self.alpha_user.with_user(self.buyer_user).password = "by the buyer"
        return self.bid.person_ids.filtered(lambda row: row.state == "requested")

    def _request_reader(self):
        self.plain_user.with_user(self.settings_user).sudo().group_ids = [
            Command.link(self.env.ref(GROUPS["finance"]).id)
        ]
        return self.env["outsourcing.price.reader"].search(
            [("user_id", "=", self.plain_user.id)]
        )

    def _rows(self, requests, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env[LIST]
            .with_user(user)
            .search(
                [("res_model", "=", requests._name), ("res_id", "in", requests.ids)],
                order="res_id",
            )
        )

    def test_requests_stand_in_the_list(self):
        person, reader = self._request_person(), self._request_reader()
        last_day = self.env.company._outsourcing_today() + timedelta(days=30)
        row = self._rows(person, self.auditor_user)
        self.assertRecordValues(
            row,
            [
                {
                    "requester_id": self.buyer_user.id,
                    "decided_by_id": False,
                    "reason": "password",
                    "expiry_date": last_day,
                    "state": "submitted",
                }
            ],
        )
        self.assertIn(self.alpha_user.name, row.summary)
        self.assertIn(self.alpha.name, row.summary)
        self.assertEqual(row.action_open()["res_id"], person.id)
        self.assertRecordValues(
            self._rows(reader, self.hr_user),
            [
                {
                    "requester_id": self.settings_user.id,
                    "decided_by_id": False,
                    "reason": "joined finance after they were submitted",
                    "expiry_date": last_day,
                    "state": "submitted",
                }
            ],
        )
        for user in (self.procurement_user, self.officer_user):
            person.with_user(user).action_confirm()
        self.assertRecordValues(
            self._rows(person, self.auditor_user),
            [{"state": "approved", "decided_by_id": self.officer_user.id}],
        )
        reader.with_user(self.finance_user).action_refuse()
        self.assertRecordValues(
            self._rows(reader, self.hr_user),
            [{"state": "refused", "decided_by_id": self.finance_user.id}],
        )

    def test_list_shows_no_more_than_the_requests(self):
        reader = self._request_reader()
        self.assertFalse(self._rows(reader, self.procurement_user))
        # Persons of the start are no requests.
        self.assertFalse(self._rows(self.bid.person_ids, self.auditor_user))
        draft = self._draft_bid(self.beta_user)
        self._new_colleague("mole", self.beta)
        secret = draft.person_ids.filtered(lambda row: row.state == "requested")
        self.assertTrue(secret)
        self.assertFalse(self._rows(secret, self.procurement_user))

    def test_request_without_a_decision_ends(self):
        person, reader = self._request_person(), self._request_reader()
        person.with_user(self.procurement_user).action_confirm()
        reader.with_user(self.hr_user).action_confirm()
        late = self.env.company._outsourcing_today() + timedelta(days=31)
        with freeze_time(f"{late} 12:00:00"):
            for request, user in (
                (person, self.officer_user),
                (reader, self.auditor_user),
            ):
                with self.assertRaisesRegex(UserError, "expired"):
                    request.with_user(user).action_confirm()
                with self.assertRaises(UserError):
                    request.with_user(user).write({"state": "expired"})
                self.env[request._name]._dual_expire()
                self.assertEqual(request.state, "expired")
                self.assertFalse(request.activity_ids)
            # Whoever still wants it asks anew.
            bid = self.bid.with_user(self.alpha_user).sudo()
            portal.ask_to_act(bid)
            self.assertEqual(self.bid.person_ids[-1:].state, "requested")

    def test_nobody_gives_two_parts(self):
        person = self._request_person()
        both = self._new_user(
            "both", ",".join([GROUPS["procurement"], GROUPS["officer"]])
        )
        person.with_user(both).action_confirm()
        with self.assertRaisesRegex(UserError, "together"):
            person.with_user(both).action_confirm()
        self.assertEqual(person.state, "requested")

    def test_parts_are_written_by_nobody(self):
        for request in (self._request_person(), self._request_reader()):
            for name in (
                "approved_by_id",
                "requester_id",
                "user_id",
                *(f"{role}_by_id" for role in request._joint_roles),
            ):
                with self.subTest(field=name), self.assertRaises(AccessError):
                    request.sudo().write({name: self.settings_user.id})
            for name in ("reason", "expiry_date", "approved_at"):
                with self.subTest(field=name), self.assertRaises(AccessError):
                    request.sudo().write({name: False})
